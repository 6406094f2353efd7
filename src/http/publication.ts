// A publication through v1: what one source shall say of one user, and who may have that said.
import type { PublishableSource } from '../core/plugin.ts'
import { STATUSES } from '../core/presence.ts'
import type { SectionPublication } from '../core/sources.ts'
import type { JsonObject } from './body.ts'
import type { PresenceFace } from './face.ts'
import { Problem, pointer } from './problem.ts'
import { PUBLICATION, type PublicationBody, type WithdrawalQuery } from './schemas.ts'
import { validator } from './validation.ts'

const checkedPublication = validator(PUBLICATION, 'body')

/** The source that a path names, if clients may publish to it. */
export function checkedSource(
  source: string,
  service: Pick<PresenceFace, 'kindOf' | 'publishable'>,
): PublishableSource {
  const plugin = service.publishable(source)
  if (plugin !== undefined) return plugin
  throw new Problem(
    400,
    service.kindOf(source) === 'collector'
      ? 'This source only observes another system; nothing can be published to it.'
      : 'There is no such source; the option "plugins" says which are enabled.',
  )
}

/** What the body of a PUT shall have published. */
export function readPublication(
  body: JsonObject,
  plugin: PublishableSource,
  userId: string,
  source: string,
): SectionPublication {
  const publishable = checkedPublication(body)
  refuseUnsupported(publishable, plugin)
  const { status, message, expires_in, session } = publishable
  return {
    userId,
    source,
    status,
    message: message ?? '',
    ...(expires_in !== undefined && { expiresIn: expires_in * 1000 }),
    ...(session !== undefined && { device: session }),
  }
}

/** What a DELETE with these words after the `?` shall have published. */
export function readWithdrawal(
  { session }: WithdrawalQuery,
  { acceptsSessions }: PublishableSource,
  userId: string,
  source: string,
): SectionPublication {
  if (session !== undefined && acceptsSessions !== true) throw new Problem(400, SESSION_REFUSED)
  const withdrawal = { userId, source, status: null, message: '' }
  return session === undefined ? withdrawal : { ...withdrawal, device: session }
}

/** Members that are well-formed, but mean nothing to this source. */
function refuseUnsupported(
  { status, expires_in, session }: PublicationBody,
  { withdrawable, acceptsLifetime, acceptsSessions }: PublishableSource,
): void {
  if (status === null && withdrawable !== true) {
    throw new Problem(400, `The status must be one of ${STATUSES.join(', ')}.`, { pointer: pointer('status') })
  }
  if (expires_in !== undefined && acceptsLifetime !== true) {
    throw new Problem(400, 'This source has a lifetime of its own; leave expires_in out.', {
      pointer: pointer('expires_in'),
    })
  }
  if (session !== undefined && acceptsSessions !== true) {
    throw new Problem(400, SESSION_REFUSED, { pointer: pointer('session') })
  }
}

/** Said to whoever names a session, in a body or a query. */
const SESSION_REFUSED = 'This source knows no sessions, only the user; leave session out.'

/** Said to whoever publishes for somebody else. */
export const FOREIGN =
  'This can only be published with a token of the user themself, or of one whom server_trusted_users names.'
