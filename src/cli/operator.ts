// Backups to and from the daemon: requests whose bodies are too long to be held at once.
import { Connection } from '../client/connection.ts'
import { problemOf } from '../client/documents.ts'
import { ProblemError, UnreachableError } from '../client/index.ts'
import { bearer } from '../client/tokens.ts'
import { OPERATOR } from '../core/reserved-users.ts'
import type { ClientFlags } from './arguments.ts'
import type { CommandContext } from './context.ts'
import { reachDaemon } from './daemon-client.ts'

export interface Operator {
  readonly dataPath: string
  /** Whether the daemon has made its secret itself. */
  readonly hasOwnSecret: boolean
  /** The bytes of the answer as they come. Rejects, and so does reading, with ProblemError or UnreachableError. */
  ask(method: string, path: string, signal: AbortSignal, body?: Uint8Array): Promise<AsyncGenerator<Uint8Array>>
}

/** Throws ConfigError when no secret can be read. */
export async function reachAsOperator(flags: ClientFlags, context: CommandContext): Promise<Operator> {
  const { settings, optionsFor } = await reachDaemon(flags, context)
  const connection = new Connection(optionsFor(OPERATOR))
  const unreachable = (cause: unknown) => new UnreachableError(`No answer from ${connection.base}`, { cause })

  async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response.body ?? []) yield chunk
    } catch (cause) {
      throw new UnreachableError(`The answer of ${connection.base} was cut off`, { cause })
    }
  }

  return {
    dataPath: settings.data_path,
    hasOwnSecret: settings.server_secret_key === undefined,
    async ask(method, path, signal, body) {
      const headers = { authorization: bearer(await connection.token(true)) }
      const init = { method, headers, redirect: 'error', signal, ...(body && { body: Buffer.from(body) }) } as const
      const response = await connection.surroundings
        .fetch(`${connection.base}${path}`, init)
        .catch((cause: unknown) => {
          throw unreachable(cause)
        })
      if (response.status === 200) return bytesOf(response)
      const problem = problemOf(response.status, parsed(await response.text().catch(() => '')))
      throw new ProblemError(problem)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
