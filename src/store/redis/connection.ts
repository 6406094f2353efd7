// One connection to one Redis server: every command has a deadline, and a server that lets one pass is left.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { FatalError, reason } from '../../core/errors.ts'
import type { Endpoint } from '../../core/redis-address.ts'
import type { Script } from './scripts.ts'

export type Argument = string | Buffer
export type Place = Endpoint | { readonly path: string }

export interface Credentials {
  readonly username: string | undefined
  readonly password: string | undefined
}

export interface ConnectionOptions {
  readonly tls: boolean
  /** PEM certificates that are trusted instead of the machine's. */
  readonly caFile: string | undefined
  readonly database: number
  /** How long Redis has for an answer, in milliseconds. */
  readonly timeout: number
  /** Asked at every connection, since a password may change. */
  credentials(): Credentials
}

/** How many commands may wait for their answers on one connection. */
const COMMANDS = 20_000

/** Of the library's client, what is used here. */
interface Client {
  readonly isOpen: boolean
  sendCommand(args: Argument[], options: typeof BYTES): Promise<unknown>
  destroy(): void
}

/** For RESP's blob strings, by their first byte ("$"). */
const BYTES = { typeMapping: { 36: Buffer } } as const

export function placeName(place: Place): string {
  if ('path' in place) return place.path
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`
}

export class Connection {
  readonly place: Place
  readonly #client: Client
  readonly #timeout: number
  readonly #listeners: ((error: Error) => void)[] = []
  #ended: Error | undefined

  private constructor(place: Place, client: Client, timeout: number) {
    this.place = place
    this.#timeout = timeout
    this.#client = client
  }

  /** Connects and logs in. Rejects with what went wrong. */
  static async open(place: Place, options: ConnectionOptions): Promise<Connection> {
    const { timeout } = options
    const { createClient } = await import('@redis/client')
    const { username, password } = options.credentials()
    const client = createClient({
      socket: { ...socketOf(place, options), connectTimeout: timeout, reconnectStrategy: false },
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(options.database > 0 && { database: options.database }),
      ...{
        disableOfflineQueue: true,
        commandsQueueMaxLength: COMMANDS,
        disableClientInfo: true,
        maintNotifications: 'disabled',
      },
    })
    const connection = new Connection(place, client, timeout)
    client.on('error', (error: Error) => connection.#end(error))
    client.on('end', () => connection.#end(new Error('the connection was closed')))
    const late = setTimeout(() => connection.#end(noAnswer(timeout)), timeout)
    const ended = new Promise<never>((_, reject) => connection.onEnd(reject))
    ended.catch(() => {})
    try {
      await Promise.race([client.connect(), ended])
      return connection
    } catch (error) {
      connection.close()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Called once, when it is over. */
  onEnd(listener: (error: Error) => void): void {
    if (this.#ended === undefined) this.#listeners.push(listener)
    else listener(this.#ended)
  }

  /** The answer; blob strings as buffers. Rejects with Redis's error, or ends the connection when none comes in time. */
  send(args: readonly Argument[], timeout = this.#timeout): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      let answered = false
      // When this process was held up, the answer may be here, and is read before this is looked at.
      const late = setTimeout(() => setImmediate(() => setImmediate(() => this.#giveUp(timeout, answered))), timeout)
      this.#client.sendCommand([...args], BYTES).then(
        (answer) => {
          answered = true
          clearTimeout(late)
          resolve(answer)
        },
        (error: unknown) => {
          answered = true
          clearTimeout(late)
          // What was under way when the connection broke is told why it did.
          reject(isAnswer(error) ? error : (this.#ended ?? error))
        },
      )
    })
  }

  /** Runs a script, which Redis may have forgotten. */
  async run(script: Script, keys: readonly string[], args: readonly Argument[], timeout?: number): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await this.send(['EVALSHA', script.sha, ...rest], timeout)
    } catch (error) {
      if (!reason(error).startsWith('NOSCRIPT')) throw error
      return await this.send(['EVAL', script.text, ...rest], timeout)
    }
  }

  close(): void {
    this.#end(new Error('the store is closed'))
  }

  #giveUp(timeout: number, answered: boolean): void {
    if (!answered) this.#end(noAnswer(timeout))
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    if (this.#client.isOpen) this.#client.destroy()
    for (const listener of this.#listeners.splice(0)) listener(error)
  }
}

function noAnswer(timeout: number): Error {
  return new Error(`no answer within ${Math.round(timeout / 100) / 10} s`)
}

/** Errors that Redis has answered, as opposed to those of the connection. */
function isAnswer(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(Simple|Blob)?Error(Reply)?$/.test(error.constructor.name) &&
    /^[A-Z]+ /.test(error.message)
  )
}

function socketOf(place: Place, { tls, caFile }: ConnectionOptions): object {
  if ('path' in place) return { path: place.path, tls: false }
  if (!tls) return { host: place.host, port: place.port }
  const ca = caFile === undefined ? {} : { ca: readCa(caFile) }
  // RFC 6066 knows no addresses there; the certificate is checked against the host all the same.
  const name = isIP(place.host) === 0 ? { servername: place.host } : {}
  return { host: place.host, port: place.port, ...name, tls: true, ...ca }
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new FatalError(`redis_ca_file cannot be read: ${reason(error)}`, { cause: error })
  }
}
