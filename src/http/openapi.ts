// The OpenAPI 3.1 document of v1, made from the schemas that validate.
import type { TObject } from 'typebox'
import { OPERATIONS, type Operation, type RefusalStatus } from './operations.ts'
import { PROBLEM_TYPE } from './problem.ts'
import type { SchemaFacts } from './schema-words.ts'
import { PROBLEM_DOCUMENT } from './schemas.ts'

/** A schema as it stands in the document: in place, or by the name of a component. */
export interface SchemaObject extends SchemaFacts {
  readonly $ref?: string
  readonly description?: string
}

export interface MediaTypes {
  readonly [type: string]: { readonly schema?: SchemaObject }
}

export interface ParameterObject {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: SchemaObject
}

type Headers = Readonly<Record<string, { readonly description: string; readonly schema: SchemaObject }>>

export interface ResponseObject {
  readonly description: string
  readonly headers?: Headers
  readonly content?: MediaTypes
}

export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly ParameterObject[]
  readonly requestBody?: { readonly required: boolean; readonly content: MediaTypes }
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>
}

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>
    readonly responses: Readonly<Record<string, ResponseObject>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

const DESCRIPTION = `Who is reachable, and where: the presence of users, collected from many systems.

Refusals are problem documents (RFC 9457). Any request may also get 404 or 405 (no such path or method), 408, 413 or 431 (too slow, body or headers too large), 500 (a defect), and 503 while the daemon stops or has more connections or large bodies than it can bear. HEAD works wherever GET does, but not for watching.

The presence resource / of earlier versions is served as well; the manual describes it.`

const TOKEN =
  'An authentication token, `<unix seconds>:<user id>:<signature>`, or the base64url of its UTF-8. The signature is the base64 of HMAC-SHA-256 over what stands before it, with the secret key of the server.'

const RETRY = { 'Retry-After': { description: 'In so many seconds.', schema: { type: 'integer' } } }

const REFUSALS: {
  readonly [Status in RefusalStatus]: readonly [name: string, description: string, headers?: Headers]
} = {
  400: ['BadRequest', 'What was asked has a wrong shape; the detail says what to do.'],
  401: [
    'Unauthorized',
    'The token is missing, malformed, wrong, expired or dated too far ahead.',
    { 'WWW-Authenticate': { description: 'Bearer.', schema: { type: 'string' } } },
  ],
  403: ['Forbidden', 'The token may not do this to that user.'],
  413: ['TooLarge', 'The body is too large (4 MiB by default), or names too many users (10,000 by default).'],
  429: ['TooMany', 'Too many wrong signatures came from this address, or too many streams are open.', RETRY],
  503: ['Unavailable', 'It cannot be saved now. Sending the same again is safe.', RETRY],
  507: [
    'NoRoom',
    'It would make a user, and as many are known as may be (max_users). Those who are known can be updated.',
  ],
}

/** The whole document. Its addresses are relative to its own, so that they are right behind a proxy's prefix too. */
export function openApiDocument(): OpenApiDocument {
  const schemas = new Components()
  const paths = new Map<string, Record<string, OperationObject>>()
  for (const operation of OPERATIONS) {
    const methods = paths.get(operation.path) ?? {}
    paths.set(operation.path, methods)
    methods[operation.method] = operationObject(operation, schemas)
  }
  const refusal = { [PROBLEM_TYPE]: { schema: schemas.refer(PROBLEM_DOCUMENT) } }
  const responses = Object.values(REFUSALS).map(([name, description, headers]) => {
    return [name, { description, ...(headers && { headers }), content: refusal }] as const
  })
  return {
    openapi: '3.1.0',
    info: { title: 'kopano-presence', version: '1', description: DESCRIPTION },
    servers: [{ url: '..', description: 'The daemon that served this document.' }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: schemas.all(),
      responses: Object.fromEntries(responses),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: TOKEN } },
    },
  }
}

function operationObject(operation: Operation, schemas: Components): OperationObject {
  const { id, summary, description, body, status, answer, content, refusals } = operation
  const parameters = [
    ...parametersOf('path', operation.parameters, schemas),
    ...parametersOf('query', operation.query, schemas),
    ...parametersOf('header', operation.headers, schemas),
  ]
  const types = Object.entries(content ?? {}).map(([type, schema]) => {
    return [type, schema === undefined ? {} : { schema: schemas.refer(schema) }] as const
  })
  const refused = refusals.map((code) => [code, { $ref: `#/components/responses/${REFUSALS[code][0]}` }] as const)
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    security: refusals.includes(401) ? [{ token: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemas.refer(body) } } },
    }),
    responses: {
      [status]: { description: answer, ...(content !== undefined && { content: Object.fromEntries(types) }) },
      ...Object.fromEntries(refused),
    },
  }
}

function parametersOf(
  place: ParameterObject['in'],
  shape: TObject | undefined,
  schemas: Components,
): ParameterObject[] {
  const { properties = {}, required = [] } = (shape ?? {}) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...facts } = schemas.refer(schema)
    const described = description === undefined ? {} : { description }
    return { name, in: place, required: required.includes(name), ...described, schema: facts }
  })
}

/** The schemas with names, gathered while they are referred to. */
class Components {
  readonly #named = new Map<string, SchemaObject>()

  /** The schema as the document shows it: every one inside that has a name becomes a reference. */
  refer(schema: object): SchemaObject {
    const { $id, ...rest } = schema as { readonly $id?: string }
    if ($id === undefined) return this.#inside(rest) as SchemaObject
    if (!this.#named.has($id)) this.#named.set($id, this.#inside(rest) as SchemaObject)
    return { $ref: `#/components/schemas/${$id}` }
  }

  all(): Readonly<Record<string, SchemaObject>> {
    return Object.fromEntries([...this.#named].sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  #inside(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#referOr(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#referOr(item)]))
  }

  #referOr(value: unknown): unknown {
    return typeof value === 'object' && value !== null && '$id' in value ? this.refer(value) : this.#inside(value)
  }
}
