// The interface for clients written today: documents with times and reasons, under `/v1`; and `/healthz`.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../core/clock.ts'
import { foldUserId, userIdMistake } from '../core/user-id.ts'
import type { Authentication } from './auth.ts'
import { presenceDocument, sourcesDocument } from './document.ts'
import type { PresenceFace } from './face.ts'
import { JSON_TYPE } from './json-text.ts'
import { Problem } from './problem.ts'

export const USER_PATH = '/v1/users/:user_id'

interface UserRoute {
  Params: { user_id: string }
}

export interface V1Parts {
  readonly service: PresenceFace
  readonly authentication: Authentication
  readonly clock: Clock
  /** This daemon's name among its like. */
  readonly nodeName: string
}

export function addV1Routes(app: FastifyInstance, { service, authentication, clock, nodeName }: V1Parts): void {
  app.route<UserRoute>({
    method: ['GET', 'HEAD'],
    url: USER_PATH,
    handler(request, reply) {
      authentication.ofHeader(request)
      const userId = checkedUserId(request.params.user_id)
      const document = presenceDocument(userId, service.read(userId), service.pending(), clock)
      return reply.header('content-type', JSON_TYPE).send(document)
    },
  })

  app.route<UserRoute>({
    method: 'DELETE',
    url: USER_PATH,
    async handler(request, reply) {
      const owner = authentication.ofHeader(request)
      const userId = checkedUserId(request.params.user_id)
      if (foldUserId(owner) !== foldUserId(userId)) {
        throw new Problem(403, 'A user can only be forgotten with a token of their own.')
      }
      await service.forget(userId)
      return reply.code(204).send()
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/sources',
    handler(request, reply) {
      authentication.ofHeader(request)
      return reply.header('content-type', JSON_TYPE).send(sourcesDocument(nodeName, service.sources(), clock))
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/healthz',
    handler: (_request, reply) => reply.header('content-type', JSON_TYPE).send('{"status":"alive"}'),
  })
}

function checkedUserId(userId: string): string {
  const mistake = userIdMistake(userId)
  if (mistake !== undefined) throw new Problem(400, `The user id in the path ${mistake}.`)
  return userId
}
