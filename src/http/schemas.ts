// The shapes of v1 as JSON schemas: they validate what is asked, and describe it, and what is answered, in the OpenAPI document.
import Type, { type Static } from 'typebox'
import { MESSAGE_LIMIT, STATUSES } from '../core/presence.ts'
import { USER_ID_LIMIT } from '../core/user-id.ts'

/** The most users that one request may name; presence.cfg may lower it. */
export const ENTRY_LIMIT = 10_000

/** The longest time that a publication may ask for, in seconds: a year. */
export const LIFETIME_LIMIT = 31_536_000

/** The most users of one page, and how many it has when nobody says. */
export const PAGE_LIMIT = 1_000
export const PAGE_DEFAULT = 100

// A schema with an $id becomes a component of that name in the OpenAPI document. Its text is written for the readers of that.

export const STATUS = Type.Enum([...STATUSES], { $id: 'Status', description: 'How reachable somebody is.' })

export const USER_ID = Type.String({
  ...{ $id: 'UserId', minLength: 1, maxLength: USER_ID_LIMIT, examples: ['markd@kopano.com'] },
  description: 'Who is meant. Case and Unicode form do not matter for finding the user.',
})

const MESSAGE = Type.String({ maxLength: MESSAGE_LIMIT, description: 'Free text beside the status.' })
const FEWER = 'An installation may take fewer (server_max_batch).'
const TIME = Type.String({ format: 'date-time', description: 'A time in UTC, by the wall clock of the daemon.' })
const SOURCE_NAME = Type.String({ minLength: 1, description: 'The name of a source.', examples: ['manual'] })

/** The body of a PUT to one source of a user. */
export const PUBLICATION = Type.Object(
  {
    status: Type.Union([STATUS, Type.Null()], {
      description: 'The new status. Null takes it back, where the source allows that (manual).',
    }),
    message: Type.Optional(
      Type.Union([MESSAGE, Type.Null()], {
        description:
          'Free text beside the status; empty when it is missing or null. An installation may take shorter ones only (server_max_message).',
      }),
    ),
    expires_in: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: LIFETIME_LIMIT },
        description: 'After so many seconds it counts no more. Only for sources that take a lifetime (manual).',
      }),
    ),
    session: Type.Optional(
      Type.String({
        maxLength: 128,
        description:
          'One tab or device of the user, each with its own deadline; the most available speaks for the user. Empty: the one of whoever names none. Only for sources that take sessions (spreed).',
      }),
    ),
  },
  { $id: 'Publication', description: 'What a source shall say of a user. Other members are passed over.' },
)
export type PublicationBody = Static<typeof PUBLICATION>

/** The body of a question for many users. */
export const USERS_QUESTION = Type.Object(
  {
    user_ids: Type.Array(USER_ID, {
      maxItems: ENTRY_LIMIT,
      description: `Who is asked for; repeats are answered too. ${FEWER}`,
    }),
  },
  { $id: 'UsersQuestion', description: 'The users whose documents are asked for.' },
)
export type UsersQuestion = Static<typeof USERS_QUESTION>

/** The query of `GET /v1/users`. */
export const USERS_QUERY = Type.Object({
  user_id: Type.Optional(
    Type.Array(USER_ID, {
      maxItems: ENTRY_LIMIT,
      description: `Who is asked for; give it once for each user. ${FEWER}`,
    }),
  ),
  domain: Type.Optional(
    Type.String({
      maxLength: USER_ID_LIMIT,
      description: 'Only users of this domain: what follows the last @. Empty: those without one.',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      ...{ minimum: 1, maximum: PAGE_LIMIT, default: PAGE_DEFAULT },
      description: 'The most users of one page.',
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The next_cursor of the page before.' })),
})
export type UsersQuery = Static<typeof USERS_QUERY>

/** The query of `GET /v1/watch`. */
export const WATCH_QUERY = Type.Object({
  user_id: USERS_QUERY.properties.user_id,
  domain: USERS_QUERY.properties.domain,
})
export type WatchQuery = Static<typeof WATCH_QUERY>

/** What a watcher may send to go on where a stream ended. */
export const RESUME_HEADERS = Type.Object({
  'Last-Event-ID': Type.Optional(
    Type.String({ description: 'The last id of the stream before: only changes since then come.' }),
  ),
})

export const USER_PARAMETERS = Type.Object({ user_id: USER_ID })
export const SOURCE_PARAMETERS = Type.Object({ user_id: USER_ID, source: SOURCE_NAME })
export const WITHDRAWAL_QUERY = Type.Object({ session: PUBLICATION.properties.session })
export type WithdrawalQuery = Static<typeof WITHDRAWAL_QUERY>

const SECTION = Type.Object(
  {
    status: STATUS,
    message: MESSAGE,
    since: TIME,
    updated: TIME,
    expires: Type.Optional(TIME),
    stale: Type.Optional(Type.Literal(true, { description: 'The source has lost its connection since.' })),
  },
  { $id: 'Section', description: 'What one source says of a user.' },
)

export const PRESENCE_DOCUMENT = Type.Object(
  {
    user_id: USER_ID,
    status: STATUS,
    message: MESSAGE,
    source: Type.Union([SOURCE_NAME, Type.Null()], { description: 'The source that decided.' }),
    since: Type.Union([TIME, Type.Null()], { description: 'When the combined status began.' }),
    stale: Type.Boolean({ description: 'Whether the deciding source has lost its connection.' }),
    pending: Type.Array(SOURCE_NAME, {
      description: 'The sources that have not heard of everybody since the start of the daemon.',
    }),
    sources: Type.Object({}, { additionalProperties: SECTION, description: 'What each source says, by its name.' }),
  },
  { $id: 'PresenceDocument', description: 'Everything known of one user: the combined status, and why.' },
)

export const USERS_DOCUMENT = Type.Object(
  { users: Type.Array(PRESENCE_DOCUMENT, { description: 'One document for each user.' }) },
  { $id: 'Users', description: 'Documents of several users, in the order in which they were asked for.' },
)

export const PAGE_DOCUMENT = Type.Object(
  {
    users: Type.Array(PRESENCE_DOCUMENT, { description: 'The users of this page, by their folded ids.' }),
    next_cursor: Type.Optional(Type.String({ description: 'Asks for the next page; the last page has none.' })),
  },
  { $id: 'Page', description: 'One page of the users known, in no particular order.' },
)

const IN_FULL = 'Where a token sees its own domain alone, only trusted users are told.'

export const SOURCES_DOCUMENT = Type.Object(
  {
    node: Type.String({ description: 'The name of this daemon among its like.' }),
    sources: Type.Array(
      Type.Object({
        name: SOURCE_NAME,
        kind: Type.Enum(['collector', 'publishable']),
        state: Type.Enum(['connecting', 'settling', 'settled', 'lost', 'standby', 'ready']),
        since: TIME,
        users: Type.Optional(
          Type.Integer({ minimum: 0, description: `Of how many users it says something. ${IN_FULL}` }),
        ),
        detail: Type.Optional(
          Type.String({ description: `What it is connected to, what it cannot see, its last error. ${IN_FULL}` }),
        ),
      }),
    ),
  },
  { $id: 'Sources', description: 'How the sources are.' },
)

export const PROBLEM_DOCUMENT = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'A sentence that says what to do.' }),
    pointer: Type.Optional(Type.String({ description: 'The culprit in the body, as a JSON pointer (RFC 6901).' })),
    request_id: Type.Optional(
      Type.String({ description: 'Of a failure (5xx): by it the line is found in the log of the daemon.' }),
    ),
  },
  { $id: 'Problem', description: 'Why a request was refused (RFC 9457).' },
)

export const ALIVE_DOCUMENT = Type.Object({ status: Type.Literal('alive') })

export const ANY_OBJECT = Type.Object({})
