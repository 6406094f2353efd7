// The presence resource `/`: the old daemon's interface, to the letter.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PublishableSource } from '../core/plugin.ts'
import type { SourcePresence } from '../core/presence.ts'
import type { Authentication } from './auth.ts'
import { parseBody } from './body.ts'
import type { PresenceFace } from './face.ts'
import { SectionTexts, SLICE, sendPieces } from './json-text.ts'
import type { Entry } from './legacy-shape.ts'
import { readEntries, readPublications } from './legacy-shape.ts'
import { type Asked, headOf, Questions } from './questions.ts'
import type { Rights } from './rights.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import type { Views } from './views.ts'

/** Tells a client which sections of its PUT or POST were passed over because they are output-only. */
const IGNORED_HEADER = 'presence-ignored'

/** The entries of a request, and the user whose token it bears. */
interface Authenticated {
  readonly entries: readonly Entry[]
  readonly owner: string
}

export interface LegacyParts {
  readonly service: PresenceFace
  readonly authentication: Authentication
  readonly rights: Rights
  readonly views: Views
  readonly bounds: ShapeBounds
}

export function addLegacyRoutes(app: FastifyInstance, parts: LegacyParts): void {
  const { service, authentication, rights, views, bounds } = parts
  const texts = new SectionTexts()
  const questions = new Questions()

  /** The checks that all methods share, in the order that the interface promises: JSON, token, shape. */
  function authenticated(request: FastifyRequest): Authenticated {
    const body = parseBody(request.body)
    const owner = authentication.ofBody(request, body)
    return { entries: readEntries(body, bounds), owner }
  }

  /** Publishes all sections or none; returns the names of those that were passed over, as a header's value. */
  async function publish({ entries, owner }: Authenticated): Promise<string> {
    const refusalOf = (userId: string, source: string, { ownUserOnly = false }: PublishableSource) =>
      rights.refusalOf(owner, userId, source, ownUserOnly)
    const { sections, ignored } = readPublications(entries, service, refusalOf, bounds)
    if (sections.length > 0) {
      rights.checkWriter(owner)
      await service.publish(sections)
    }
    return ignored.join(', ')
  }

  /** The answer to a GET. The checks are the same; of a question that came before only the token is looked at again. */
  function answerTo(request: FastifyRequest): Generator<string, void> {
    const { credentials, asked } = questions.of(request.body, () => {
      const body = parseBody(request.body)
      authentication.ofBody(request, body)
      const { AuthenticationToken } = body
      return { credentials: { AuthenticationToken }, asked: askedIn(readEntries(body, bounds)) }
    })
    return answer(asked, authentication.ofBody(request, credentials))
  }

  function* answer(asked: readonly Asked[], owner: string): Generator<string, void> {
    const seen = views.of(owner).service
    let text = '{"Type":"UserStatus","UserStatus":['
    let separator = ''
    const tell = (source: string, { status, message }: SourcePresence): void => {
      text += texts.of(source, status, message)
    }
    for (const { userId, head } of asked) {
      text += separator + head
      seen.tellSections(userId, tell)
      text += '}'
      separator = ','
      if (text.length >= SLICE) {
        yield text
        text = ''
      }
    }
    yield `${text}]}`
  }

  app.head('/', (_request, reply) => reply.send())

  app.get('/', (request, reply) => sendPieces(reply, answerTo(request)))

  app.put('/', async (request, reply) => {
    const ignored = await publish(authenticated(request))
    if (ignored !== '') reply.header(IGNORED_HEADER, ignored)
    return reply.send()
  })

  app.post('/', async (request, reply) => {
    const asked = authenticated(request)
    const ignored = await publish(asked)
    if (ignored !== '') reply.header(IGNORED_HEADER, ignored)
    return sendPieces(reply, answer(askedIn(asked.entries), asked.owner))
  })
}

function askedIn(entries: readonly Entry[]): Asked[] {
  return entries.map(({ userId }) => ({ userId, head: headOf(userId) }))
}
