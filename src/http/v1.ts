// The interface for clients written today, under `/v1`: how users are forgotten, how the sources are; and `/healthz`.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../core/clock.ts'
import { checkedUserId } from './asked.ts'
import type { Authentication } from './auth.ts'
import { sourcesDocument } from './document.ts'
import type { PresenceFace } from './face.ts'
import { JSON_TYPE } from './json-text.ts'
import { refuseOtherMethods } from './methods.ts'
import { addPublishRoutes, SOURCE_PATH } from './publish-routes.ts'
import type { Rights } from './rights.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import { addUsersRoutes, QUESTION_PATH, USER_PATH, USERS_PATH } from './users-routes.ts'
import type { Views } from './views.ts'

export interface V1Parts {
  readonly service: PresenceFace
  readonly authentication: Authentication
  readonly rights: Rights
  readonly views: Views
  readonly clock: Clock
  readonly bounds: ShapeBounds
  /** This daemon's name among its like. */
  readonly nodeName: string
}

const UNFORGOTTEN = 'A user can only be forgotten with a token of their own, or of one whom server_trusted_users names.'

export function addV1Routes(app: FastifyInstance, parts: V1Parts): void {
  const { service, authentication, rights, clock, nodeName } = parts
  addUsersRoutes(app, parts)
  addPublishRoutes(app, parts)

  app.delete<{ Params: { user_id: string } }>(USER_PATH, async (request, reply) => {
    const owner = authentication.ofHeader(request)
    const userId = checkedUserId(request.params.user_id)
    rights.checkSpeaksFor(owner, userId, UNFORGOTTEN)
    await service.forget(userId)
    return reply.code(204).send()
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/sources',
    handler(request, reply) {
      const inFull = rights.seesSources(authentication.ofHeader(request))
      const document = sourcesDocument({ node: nodeName, sources: service.sources(), inFull }, clock)
      return reply.header('content-type', JSON_TYPE).send(document)
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/healthz',
    handler: (_request, reply) => reply.header('content-type', JSON_TYPE).send('{"status":"alive"}'),
  })

  refuseOtherMethods(app, USERS_PATH, ['GET', 'HEAD', 'OPTIONS'])
  refuseOtherMethods(app, USER_PATH, ['GET', 'HEAD', 'DELETE', 'OPTIONS'])
  // Somebody may be called "query": the other methods are about that user.
  refuseOtherMethods(app, QUESTION_PATH, ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])
  refuseOtherMethods(app, SOURCE_PATH, ['PUT', 'DELETE', 'OPTIONS'])
  refuseOtherMethods(app, '/v1/sources', ['GET', 'HEAD', 'OPTIONS'])
  refuseOtherMethods(app, '/healthz', ['GET', 'HEAD'])
}
