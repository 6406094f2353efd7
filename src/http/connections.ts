// The open connections: how many there may be, in all and from one address, and what happens to one more.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { sayFarewell } from './client-errors.ts'
import { countedAs } from './counted-address.ts'
import type { Limits } from './limits.ts'
import { Problem } from './problem.ts'

export interface ConnectionParts {
  readonly clock: Clock
  readonly log: Log
  readonly limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>
  /** Whether an address is that of a proxy, which connects for many. */
  isProxy(address: string): boolean
}

/** How many of those that are refused may be told why at once; the others are just closed. */
const FAREWELLS = 64
/** When somebody who was refused may come again, in seconds. */
const RETRY_AFTER = '5'
/** So often the log tells that connections are refused, in milliseconds. */
const LOG_INTERVAL = 60_000

/** Those that are open between two requests, the one that is so for longest first; with how much had come when it began. */
type Idle = Map<Socket, number>

/** A connection's requests that are not answered, and where it stands while there are none. */
interface Places {
  underWay: number
  readonly idle: readonly Idle[]
}

interface OfAddress {
  count: number
  readonly idle: Idle
}

export class Connections {
  readonly #parts: ConnectionParts
  readonly #encrypted: boolean
  readonly #open = new Set<Socket>()
  readonly #idle: Idle = new Map()
  readonly #byAddress = new Map<string, OfAddress>()
  readonly #places = new WeakMap<Socket, Places>()
  readonly #refused = new WeakSet<Socket>()
  #farewells = 0
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(server: Server, parts: ConnectionParts) {
    this.#parts = parts
    this.#encrypted = server instanceof TlsServer
    server.on('connection', (socket: Socket) => this.#opened(socket))
    server.on('request', (request, response) => this.#asked(request, response))
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall !== 'accept') return
      this.#warn(
        `can't take a connection (${error.code ?? error.message}); if files are short, raise LimitNOFILE of the service`,
      )
    })
  }

  get count(): number {
    return this.#open.size
  }

  /** Whether nothing on this connection shall be served any more. */
  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket)
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #opened(socket: Socket): void {
    const { maxConnections, maxConnectionsPerAddress } = this.#parts.limits
    const key = this.#keyOf(socket)
    const ofAddress = key === undefined ? undefined : (this.#byAddress.get(key) ?? { count: 0, idle: new Map() })
    if (this.#open.size >= maxConnections && !makeRoom(this.#idle)) {
      this.#refuse(socket, tooMany(503, 'Too many connections are open; try again soon.'))
      this.#warn(
        `${this.#open.size} connections are open and none is idle, so others are refused; see server_max_connections`,
      )
    } else if (ofAddress !== undefined && ofAddress.count >= maxConnectionsPerAddress && !makeRoom(ofAddress.idle)) {
      this.#refuse(socket, tooMany(429, 'Too many connections are open from this address; close some of them.'))
      this.#warn(
        `${ofAddress.count} connections of ${key} are open and none is idle, so its others are refused; see server_max_connections_per_address, or name it in server_trusted_proxies if it is a proxy`,
      )
    }
    this.#open.add(socket)
    if (ofAddress !== undefined && key !== undefined) {
      ofAddress.count += 1
      this.#byAddress.set(key, ofAddress)
    }
    socket.once('close', () => {
      this.#open.delete(socket)
      if (ofAddress === undefined || key === undefined) return
      ofAddress.count -= 1
      if (ofAddress.count === 0) this.#byAddress.delete(key)
    })
  }

  /** Idle is a connection when all its requests are answered. */
  #asked({ socket }: IncomingMessage, response: ServerResponse): void {
    const places = this.#placesOf(socket)
    places.underWay += 1
    for (const idle of places.idle) idle.delete(socket)
    response.once('close', () => {
      places.underWay -= 1
      if (places.underWay > 0 || socket.destroyed) return
      for (const idle of places.idle) idle.set(socket, socket.bytesRead)
    })
  }

  #placesOf(socket: Socket): Places {
    const known = this.#places.get(socket)
    if (known !== undefined) return known
    const ofAddress = this.#byAddress.get(this.#keyOf(socket) ?? '')
    const places = { underWay: 0, idle: ofAddress === undefined ? [this.#idle] : [this.#idle, ofAddress.idle] }
    this.#places.set(socket, places)
    socket.once('close', () => {
      for (const idle of places.idle) idle.delete(socket)
    })
    return places
  }

  #refuse(socket: Socket, problem: Problem): void {
    this.#refused.add(socket)
    // In the clear nothing can be said to whoever waits for TLS.
    if (this.#encrypted || this.#farewells >= FAREWELLS) {
      socket.destroy()
      return
    }
    this.#farewells += 1
    socket.once('close', () => {
      this.#farewells -= 1
    })
    sayFarewell(socket, problem, this.#parts.clock)
  }

  #warn(text: string): void {
    const { clock, log } = this.#parts
    if (clock.now() - this.#loggedAt < LOG_INTERVAL) return
    this.#loggedAt = clock.now()
    log.warn(text)
  }

  /** Undefined for an address that stands for many. */
  #keyOf({ remoteAddress }: Socket): string | undefined {
    return remoteAddress === undefined || this.#parts.isProxy(remoteAddress) ? undefined : countedAs(remoteAddress)
  }
}

/** Closes the connection that has been idle for longest, if there is one on which the next request has not begun to come. */
function makeRoom(idle: Idle): boolean {
  for (const [socket, bytesRead] of idle) {
    idle.delete(socket)
    if (socket.destroyed || socket.bytesRead !== bytesRead) continue
    socket.destroy()
    return true
  }
  return false
}

function tooMany(status: 429 | 503, detail: string): Problem {
  return new Problem(status, detail, { headers: { 'Retry-After': RETRY_AFTER } })
}
