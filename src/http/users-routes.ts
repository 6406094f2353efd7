// The routes that read documents: of one user, of many, and page by page.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../core/clock.ts'
import { CursorError, type Page, type PageQuery } from '../core/user-index.ts'
import { bestType } from './accept.ts'
import { checkedQuestion, checkedUserId, readUsersQuery } from './asked.ts'
import type { Authentication } from './auth.ts'
import { parseBody } from './body.ts'
import { presenceDocument } from './document.ts'
import { JSON_TYPE, quoted, SLICE, sendPieces } from './json-text.ts'
import { PIDF_TYPE, pidfDocument } from './pidf.ts'
import { Problem, pointer } from './problem.ts'
import { PAGE_DEFAULT } from './schemas.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import type { View, Views } from './views.ts'

export const USER_PATH = '/v1/users/:user_id'
export const USERS_PATH = '/v1/users'
export const QUESTION_PATH = '/v1/users/query'

const BAD_CURSOR = 'The cursor is not valid, or not any more; begin again without it.'

export interface UsersParts {
  readonly authentication: Authentication
  readonly views: Views
  readonly clock: Clock
  readonly bounds: ShapeBounds
}

export function addUsersRoutes(app: FastifyInstance, parts: UsersParts): void {
  const { authentication, views, clock, bounds } = parts

  function send(reply: FastifyReply, view: View, userIds: Iterable<string>, nextCursor?: string): FastifyReply {
    return sendPieces(reply, documents(view, userIds, nextCursor))
  }

  /** Made while it is sent, so that many users take no more memory than few. */
  function* documents(
    { service }: View,
    userIds: Iterable<string>,
    nextCursor: string | undefined,
  ): Generator<string, void> {
    const pending = service.pending()
    let text = '{"users":['
    let comma = ''
    for (const userId of userIds) {
      text += comma + presenceDocument(userId, service.read(userId), pending, clock)
      comma = ','
      if (text.length >= SLICE) {
        yield text
        text = ''
      }
    }
    yield `${text}]${nextCursor === undefined ? '' : `,"next_cursor":${quoted(nextCursor)}`}}`
  }

  app.route<{ Params: { user_id: string } }>({
    method: ['GET', 'HEAD'],
    url: USER_PATH,
    handler(request, reply) {
      const { service } = views.of(authentication.ofHeader(request))
      const userId = checkedUserId(request.params.user_id)
      const presence = service.read(userId)
      // Pages of other origins may ask, and the type depends on Accept: a cache has to know of both.
      reply.header('vary', 'Origin, Accept')
      if (bestType(request.headers.accept, ['application/json', PIDF_TYPE]) === PIDF_TYPE) {
        return reply.header('content-type', `${PIDF_TYPE}; charset=utf-8`).send(pidfDocument(userId, presence, clock))
      }
      const document = presenceDocument(userId, presence, service.pending(), clock)
      return reply.header('content-type', JSON_TYPE).send(document)
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: USERS_PATH,
    handler(request, reply) {
      const view = views.of(authentication.ofHeader(request))
      const { user_id: userIds, limit = PAGE_DEFAULT, ...rest } = readUsersQuery(request.url)
      if (userIds !== undefined) {
        bounds.checkUserIds('user_id', userIds)
        return send(reply, view, userIds)
      }
      const { users, nextCursor } = pageOf(view, { ...rest, limit })
      return send(reply, view, users, nextCursor)
    },
  })

  app.post(QUESTION_PATH, (request, reply) => {
    const body = parseBody(request.body)
    const view = views.of(authentication.ofHeader(request))
    const { user_ids: userIds } = checkedQuestion(body)
    bounds.checkUserIds('user_ids', userIds, { pointer: pointer('user_ids') })
    return send(reply, view, userIds)
  })
}

/** A page, with its cursors as the view tells them. */
function pageOf({ service, positions }: View, { cursor: told, ...query }: PageQuery): Page {
  const cursor = told === undefined ? undefined : positions.read(told)
  if (told !== undefined && cursor === undefined) throw new Problem(400, BAD_CURSOR)
  try {
    const { users, nextCursor } = service.page(cursor === undefined ? query : { ...query, cursor })
    return { users, nextCursor: nextCursor === undefined ? undefined : positions.tell(nextCursor) }
  } catch (error) {
    if (!(error instanceof CursorError)) throw error
    throw new Problem(400, BAD_CURSOR)
  }
}
