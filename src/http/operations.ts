// What v1 serves, operation by operation: the table from which the OpenAPI document is made.
import type { TObject, TSchema } from 'typebox'
import { PIDF_TYPE } from './pidf.ts'
import * as schemas from './schemas.ts'

/** The refusals that are told for single operations; what any request may meet is told once, for all. */
export type RefusalStatus = 400 | 401 | 403 | 413 | 429 | 503 | 507

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** As OpenAPI writes it: `{name}` is a parameter. */
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: TObject
  readonly query?: TObject
  readonly headers?: TObject
  readonly body?: TSchema
  readonly status: 200 | 204
  readonly answer: string
  /** By media type; undefined: it is no JSON. */
  readonly content?: Readonly<Record<string, TSchema | undefined>>
  /** Without 401 no token is needed. */
  readonly refusals: readonly RefusalStatus[]
}

const EVENTS = {
  status: 200,
  answer:
    'A `presence` event with the document of each user asked, then `ready`, then a `presence` event for each change. It ends with `expired` when the token does.',
  content: { 'text/event-stream': undefined },
} as const

const DOCUMENT = { 'application/json': schemas.PRESENCE_DOCUMENT }

export const OPERATIONS: readonly Operation[] = [
  {
    ...{ method: 'get', path: '/v1/users', id: 'listUsers', summary: 'Many users, or a page of the users known' },
    description:
      'With `user_id`: these users, in the order asked, repeats included. Without: a page of the users known, of one domain or of all.',
    query: schemas.USERS_QUERY,
    ...{ status: 200, answer: 'The documents.', content: { 'application/json': schemas.PAGE_DOCUMENT } },
    refusals: [400, 401, 429],
  },
  {
    ...{ method: 'post', path: '/v1/users/query', id: 'queryUsers', summary: 'More users than an address holds' },
    body: schemas.USERS_QUESTION,
    ...{ status: 200, answer: 'The documents.', content: { 'application/json': schemas.USERS_DOCUMENT } },
    refusals: [400, 401, 413, 429],
  },
  {
    ...{ method: 'get', path: '/v1/users/{user_id}', id: 'getUser', summary: 'One user' },
    description: `Somebody unknown has a document too. With \`Accept: ${PIDF_TYPE}\` it is PIDF (RFC 3863, RFC 4480).`,
    parameters: schemas.USER_PARAMETERS,
    ...{ status: 200, answer: 'The document.', content: { ...DOCUMENT, [PIDF_TYPE]: undefined } },
    refusals: [400, 401, 429],
  },
  {
    ...{ method: 'delete', path: '/v1/users/{user_id}', id: 'forgetUser', summary: 'Forget a user' },
    description: 'At once, in memory and on disk. What sources say of the user later counts again.',
    parameters: schemas.USER_PARAMETERS,
    ...{ status: 204, answer: 'The user is forgotten.' },
    refusals: [400, 401, 403, 429, 503],
  },
  {
    ...{ method: 'put', path: '/v1/users/{user_id}/{source}', id: 'publish', summary: 'Publish to one source' },
    description: 'Only with a token of the user themself, and to sources that clients publish to (spreed, manual).',
    parameters: schemas.SOURCE_PARAMETERS,
    body: schemas.PUBLICATION,
    ...{ status: 200, answer: 'It is saved; the new document.', content: DOCUMENT },
    refusals: [400, 401, 403, 413, 429, 503, 507],
  },
  {
    ...{ method: 'delete', path: '/v1/users/{user_id}/{source}', id: 'withdraw', summary: 'Take back a publication' },
    description: 'In spreed this makes the user unavailable. It is fine also when nothing was published.',
    ...{ parameters: schemas.SOURCE_PARAMETERS, query: schemas.WITHDRAWAL_QUERY },
    ...{ status: 200, answer: 'It is saved; the new document.', content: DOCUMENT },
    refusals: [400, 401, 403, 429, 503, 507],
  },
  {
    ...{ method: 'get', path: '/v1/watch', id: 'watch', summary: 'Watch users: server-sent events' },
    description: 'Certain users, or a domain, or everybody.',
    ...{ query: schemas.WATCH_QUERY, headers: schemas.RESUME_HEADERS },
    ...EVENTS,
    refusals: [400, 401, 429],
  },
  {
    ...{ method: 'post', path: '/v1/watch', id: 'watchUsers', summary: 'Watch more users than an address holds' },
    ...{ headers: schemas.RESUME_HEADERS, body: schemas.USERS_QUESTION },
    ...EVENTS,
    refusals: [400, 401, 413, 429],
  },
  {
    ...{ method: 'get', path: '/v1/sources', id: 'getSources', summary: 'How the sources are' },
    ...{ status: 200, answer: 'Every source that is enabled.' },
    content: { 'application/json': schemas.SOURCES_DOCUMENT },
    refusals: [401, 429],
  },
  {
    ...{ method: 'get', path: '/v1/openapi.json', id: 'getDescription', summary: 'This description' },
    ...{ status: 200, answer: 'An OpenAPI 3.1 document.', content: { 'application/json': schemas.ANY_OBJECT } },
    refusals: [],
  },
  {
    ...{ method: 'get', path: '/healthz', id: 'isAlive', summary: 'Whether the daemon is alive' },
    ...{ status: 200, answer: 'It is.', content: { 'application/json': schemas.ALIVE_DOCUMENT } },
    refusals: [],
  },
]
