// The shape of requests to `/`: what they must hold, and exactly where they don't.
import type { PublishableSource } from '../core/plugin.ts'
import type { Status } from '../core/presence.ts'
import { isStatus, STATUSES } from '../core/presence.ts'
import type { SectionPublication } from '../core/sources.ts'
import { userIdMistake } from '../core/user-id.ts'
import type { JsonObject } from './body.ts'
import { isObject } from './body.ts'
import type { PresenceFace } from './face.ts'
import { Problem, pointer } from './problem.ts'
import type { ShapeBounds } from './shape-bounds.ts'

/** The built-in collectors: their sections are passed over also where they are not enabled, since clients send back what they read. */
const BUILT_IN_COLLECTORS: ReadonlySet<string> = new Set(['xmpp', 'asterisk', 'irc'])

/** One user of a request, as it was written. */
export interface Entry {
  readonly userId: string
  readonly fields: JsonObject
}

/** What a PUT or POST wants to have published, and the names of the sections that are output-only. */
export interface Publications {
  readonly sections: readonly SectionPublication[]
  readonly ignored: readonly string[]
}

const AT_LIST = { pointer: pointer('UserStatus') }

/** The users of a request, in its order and with its repeats. Sections are not looked at. */
export function readEntries(body: JsonObject, bounds: ShapeBounds): Entry[] {
  const type = body.Type
  if (type !== undefined && type !== 'UserStatus') {
    throw new Problem(400, 'Type, where it is given, must be "UserStatus".', { pointer: pointer('Type') })
  }
  const list = body.UserStatus
  if (!Array.isArray(list)) {
    throw new Problem(400, 'UserStatus must be an array with an object for each user.', AT_LIST)
  }
  bounds.checkBatch('UserStatus', list, AT_LIST)
  return list.map(readEntry)
}

function readEntry(entry: unknown, index: number): Entry {
  if (!isObject(entry)) {
    throw new Problem(400, 'An entry must be an object with a user_id.', { pointer: pointer('UserStatus', index) })
  }
  const userId = entry.user_id
  const mistake = userIdMistake(userId)
  if (typeof userId !== 'string' || mistake !== undefined) {
    throw new Problem(400, `The user_id ${mistake ?? 'must be a string'}.`, {
      pointer: pointer('UserStatus', index, 'user_id'),
    })
  }
  return { userId, fields: entry }
}

/**
 * Every publication of every entry, in their order, repeats included. Throws at the first bad one, and then at the first that the
 * owner of the token may not publish, with the sentence that `refusalOf` has for it.
 */
export function readPublications(
  entries: readonly Entry[],
  service: Pick<PresenceFace, 'kindOf' | 'publishable'>,
  refusalOf: (userId: string, source: string, plugin: PublishableSource) => string | undefined,
  bounds: ShapeBounds,
): Publications {
  const sections: SectionPublication[] = []
  const ignored = new Set<string>()
  let refused: Problem | undefined
  for (const [index, { userId, fields }] of entries.entries()) {
    for (const [source, section] of Object.entries(fields)) {
      if (source === 'user_id') continue
      const kind = service.kindOf(source)
      if (kind === 'collector' || (kind === undefined && BUILT_IN_COLLECTORS.has(source))) {
        ignored.add(source)
        continue
      }
      const at = ['UserStatus', index, source] as const
      const plugin = service.publishable(source)
      if (plugin === undefined) {
        throw new Problem(400, 'There is no such source; the option "plugins" says which are enabled.', {
          pointer: pointer(...at),
        })
      }
      sections.push({ userId, source, ...readSection(section, plugin, at, bounds) })
      if (refused !== undefined) continue
      const refusal = refusalOf(userId, source, plugin)
      if (refusal !== undefined) refused = new Problem(403, refusal, { pointer: pointer(...at) })
    }
  }
  if (refused !== undefined) throw refused
  return { sections, ignored: [...ignored] }
}

function readSection(
  section: unknown,
  { withdrawable }: PublishableSource,
  at: readonly [string, number, string],
  bounds: ShapeBounds,
): { readonly status: Status | null; readonly message: string } {
  if (!isObject(section)) {
    throw new Problem(400, 'A section must be an object with a status.', { pointer: pointer(...at) })
  }
  const { status, message } = section
  if (!isStatus(status) && !(status === null && withdrawable === true)) {
    const orNull = withdrawable === true ? ', or null to take it back' : ''
    throw new Problem(400, `The status must be one of ${STATUSES.join(', ')}${orNull}.`, {
      pointer: pointer(...at, 'status'),
    })
  }
  if (message === undefined || message === null) return { status, message: '' }
  if (typeof message !== 'string') {
    throw new Problem(400, 'The message must be a string.', { pointer: pointer(...at, 'message') })
  }
  bounds.checkMessage(message, () => ({ pointer: pointer(...at, 'message') }))
  return { status, message }
}
