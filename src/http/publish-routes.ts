// The routes by which a user publishes to one source, and takes that back.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { SectionPublication } from '../core/sources.ts'
import { checkedUserId, readWithdrawalQuery } from './asked.ts'
import type { Authentication } from './auth.ts'
import { parseBody } from './body.ts'
import { presenceDocument } from './document.ts'
import type { PresenceFace } from './face.ts'
import { JSON_TYPE } from './json-text.ts'
import { pointer } from './problem.ts'
import { checkedSource, FOREIGN, readPublication, readWithdrawal } from './publication.ts'
import type { Rights } from './rights.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import type { Views } from './views.ts'

export const SOURCE_PATH = '/v1/users/:user_id/:source'

interface SourceRoute {
  Params: { user_id: string; source: string }
}

export interface PublishParts {
  readonly service: PresenceFace
  readonly authentication: Authentication
  readonly rights: Rights
  readonly views: Views
  readonly clock: Clock
  readonly bounds: ShapeBounds
}

export function addPublishRoutes(app: FastifyInstance, parts: PublishParts): void {
  const { service, authentication, rights, views, clock, bounds } = parts

  /** Answers with the new document once it is saved. */
  async function publish(reply: FastifyReply, owner: string, section: SectionPublication): Promise<FastifyReply> {
    await service.publish([section])
    const { userId } = section
    const seen = views.of(owner).service
    const document = presenceDocument(userId, seen.read(userId), seen.pending(), clock)
    return reply.header('content-type', JSON_TYPE).send(document)
  }

  app.put<SourceRoute>(SOURCE_PATH, (request, reply) => {
    const body = parseBody(request.body)
    const owner = authentication.ofHeader(request)
    const userId = checkedUserId(request.params.user_id)
    const { source } = request.params
    const section = readPublication(body, checkedSource(source, service), userId, source)
    bounds.checkMessage(section.message, () => ({ pointer: pointer('message') }))
    rights.checkSpeaksFor(owner, userId, FOREIGN)
    return publish(reply, owner, section)
  })

  app.delete<SourceRoute>(SOURCE_PATH, (request, reply) => {
    const owner = authentication.ofHeader(request)
    const userId = checkedUserId(request.params.user_id)
    const { source } = request.params
    const plugin = checkedSource(source, service)
    const section = readWithdrawal(readWithdrawalQuery(request.url), plugin, userId, source)
    rights.checkSpeaksFor(owner, userId, FOREIGN)
    return publish(reply, owner, section)
  })
}
