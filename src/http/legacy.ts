// The routes of the presence resource `/`: those of its requests that do not go the hot path.
import type { FastifyInstance } from 'fastify'
import { sendPieces } from './json-text.ts'
import { IGNORED_HEADER, type PresenceResource } from './presence-resource.ts'

export function addLegacyRoutes(app: FastifyInstance, resource: PresenceResource): void {
  app.head('/', (_request, reply) => reply.send())

  app.get('/', (request, reply) => sendPieces(reply, resource.answerTo(request, request.body)))

  app.put('/', async (request, reply) => {
    const publications = resource.publications(resource.authenticated(request, request.body))
    await resource.publish(publications)
    if (publications.ignored.length > 0) reply.header(IGNORED_HEADER, publications.ignored.join(', '))
    return reply.send()
  })

  app.post('/', async (request, reply) => {
    const asked = resource.authenticated(request, request.body)
    const publications = resource.publications(asked)
    await resource.publish(publications)
    if (publications.ignored.length > 0) reply.header(IGNORED_HEADER, publications.ignored.join(', '))
    return sendPieces(reply, resource.answer(asked))
  })
}
