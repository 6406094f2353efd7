// The presence resource `/`: the old daemon's interface, to the letter.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Authentication } from './auth.ts'
import { parseBody } from './body.ts'
import type { PresenceFace } from './face.ts'
import { quoted, SectionTexts, SLICE, sendPieces } from './json-text.ts'
import type { Entry } from './legacy-shape.ts'
import { readEntries, readPublications } from './legacy-shape.ts'

/** Tells a client which sections of its PUT or POST were passed over because they are output-only. */
const IGNORED_HEADER = 'presence-ignored'

export function addLegacyRoutes(app: FastifyInstance, service: PresenceFace, authentication: Authentication): void {
  const texts = new SectionTexts()

  /** The checks that all methods share, in the order that the interface promises: JSON, token, shape. */
  function authenticatedEntries(request: FastifyRequest): Entry[] {
    const body = parseBody(request.body)
    authentication.ofBody(request, body)
    return readEntries(body)
  }

  /** Publishes all sections or none; returns the names of those that were passed over, as a header's value. */
  async function publish(entries: readonly Entry[]): Promise<string> {
    const { sections, ignored } = readPublications(entries, (source) => service.kindOf(source))
    if (sections.length > 0) await service.publish(sections)
    return ignored.join(', ')
  }

  function* answer(entries: readonly Entry[]): Generator<string, void> {
    let text = '{"Type":"UserStatus","UserStatus":['
    let comma = ''
    for (const { userId } of entries) {
      text += `${comma}{"user_id":${quoted(userId)}`
      for (const [source, { status, message }] of service.read(userId).sources) {
        text += `,${quoted(source)}:${texts.of(status, message)}`
      }
      text += '}'
      comma = ','
      if (text.length >= SLICE) {
        yield text
        text = ''
      }
    }
    yield `${text}]}`
  }

  app.head('/', (_request, reply) => reply.send())

  app.get('/', (request, reply) => sendPieces(reply, answer(authenticatedEntries(request))))

  app.put('/', async (request, reply) => {
    const ignored = await publish(authenticatedEntries(request))
    if (ignored !== '') reply.header(IGNORED_HEADER, ignored)
    return reply.send()
  })

  app.post('/', async (request, reply) => {
    const entries = authenticatedEntries(request)
    const ignored = await publish(entries)
    if (ignored !== '') reply.header(IGNORED_HEADER, ignored)
    return sendPieces(reply, answer(entries))
  })
}
