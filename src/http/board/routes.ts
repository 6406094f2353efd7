// The routes of the status board: its page, how one signs in and out, and the short tokens that its cookie buys for v1.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../core/clock.ts'
import { isReserved, READER, READER_HOST } from '../../core/reserved-users.ts'
import type { TokenVerifier } from '../../core/tokens.ts'
import { foldUserId } from '../../core/user-id.ts'
import type { Authentication } from '../auth.ts'
import { JSON_TYPE } from '../json-text.ts'
import { refuseOtherMethods } from '../methods.ts'
import { Problem } from '../problem.ts'
import { CODE_LIFETIME, type CodeParts, Codes } from './codes.ts'
import { addBoardFiles, type BoardFiles } from './files.ts'
import { checkSameOrigin, checkSignInOrigin, isSecure } from './origin.ts'
import { BoardPassword } from './password.ts'
import { type Session, Sessions } from './sessions.ts'
import { readCredential } from './sign-in.ts'

const NO_SESSION = 'The token is for reading only; it opens no session. Use one of the user who shall be signed in.'

/** How long the tokens live that a cookie buys, in milliseconds. */
const TOKEN_LIFETIME = 5 * 60_000

export interface BoardParts {
  readonly authentication: Authentication
  readonly tokens: Pick<TokenVerifier, 'issue' | 'keysFor'>
  readonly notes: CodeParts['notes']
  readonly clock: Clock
  /** Undefined when they have not been built. */
  readonly files: BoardFiles | undefined
  /** Undefined when no password opens the board. */
  readonly password: string | undefined
  /** Whether an origin is one of those that may sign its users in. */
  readonly isHostApplication: (origin: string) => boolean
}

export interface Board {
  /** A code for a link that opens the board once, for reading only. Rejects with SavingError. */
  readerCode(): Promise<string>
  configure(settings: { readonly password: string | undefined }): void
}

export function addBoardRoutes(app: FastifyInstance, parts: BoardParts): Board {
  const { authentication, tokens, clock } = parts
  const sessions = new Sessions(parts, parts.password)
  const password = new BoardPassword(clock, parts.password)
  const codes = new Codes(parts)
  addBoardFiles(app, parts.files)

  /** Whose session the request asks for. Rejects with a Problem, or with SavingError. */
  async function admitted(request: FastifyRequest, kind: string, text: string): Promise<Session> {
    switch (kind) {
      case 'password':
        password.check(text, request.ip)
        return { userId: null, byPassword: true }
      case 'code': {
        authentication.checkMayTryCode(request)
        const taken = await codes.take(text)
        if (taken === undefined) {
          authentication.countWrongCode(request)
          throw new Problem(
            401,
            'The link was used already, or is too old; make a new one with "kopano-presence board-link".',
          )
        }
        return { userId: taken.userId, byPassword: false }
      }
      default: {
        const userId = authentication.ofToken(request, text)
        if (isReserved(userId)) throw new Problem(403, NO_SESSION)
        return { userId, byPassword: false }
      }
    }
  }

  app.post('/board/session', async (request, reply) => {
    checkSignInOrigin(request, parts.isHostApplication)
    const { kind, text } = readCredential(request.body)
    const session = await admitted(request, kind, text)
    reply.header('set-cookie', sessions.cookie(session, isSecure(request)))
    if (kind === 'form') return reply.code(303).header('location', './').send()
    return sendJson(reply, described(session))
  })

  app.post('/board/token', (request, reply) => {
    checkSameOrigin(request)
    const session = sessions.read(request.headers.cookie)
    if (session === undefined) {
      throw new Problem(401, 'Nobody is signed in to the board here.', {
        members: { sign_in: { password: password.isSet } },
      })
    }
    const { token, expires } = tokens.issue(session.userId ?? READER, TOKEN_LIFETIME)
    if (session.isDue) reply.header('set-cookie', sessions.cookie(session, isSecure(request)))
    return sendJson(reply, { token, ...described(session), expires_in: Math.floor((expires - clock.wall()) / 1000) })
  })

  app.post('/board/sign-out', (request, reply) => {
    checkSameOrigin(request)
    return reply
      .header('set-cookie', sessions.farewell(isSecure(request)))
      .code(204)
      .send()
  })

  app.post('/board/link', async (request, reply) => {
    const userId = authentication.ofHeader(request)
    const isHost = foldUserId(userId) === READER_HOST
    // Or one whom a change of the password shut out could have made another way in before, and a token of minutes would become one of hours.
    if (isReserved(userId) && !isHost) throw new Problem(403, NO_SESSION)
    const code = await codes.make(isHost ? null : userId)
    return sendJson(reply, { code, expires_in: CODE_LIFETIME / 1000 })
  })

  for (const name of ['session', 'token', 'sign-out', 'link']) refuseOtherMethods(app, `/board/${name}`, ['POST'])

  return {
    readerCode: () => codes.make(null),
    configure(settings) {
      sessions.configure(settings.password)
      password.configure(settings.password)
    },
  }
}

function described({ userId }: Session) {
  return { user_id: userId, read_only: userId === null }
}

function sendJson(reply: FastifyReply, value: object): FastifyReply {
  return reply.header('content-type', JSON_TYPE).send(JSON.stringify(value))
}
