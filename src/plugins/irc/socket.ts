// Sockets: a TCP connection, with TLS where it is asked for, and what went wrong in words that help.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../core/clock.ts'
import { inTime, STEP } from '../../net/deadline.ts'
import type { FailureWords } from '../../net/failures.ts'
import { openTcp, readAuthorities, startTls } from '../../net/sockets.ts'

export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Whether a certificate must be by a known authority and for the host. */
  readonly verify: boolean
  /** PEM; instead of Node's own authorities. */
  readonly caFile: string | undefined
  /** The name of the source, which begins its options. */
  readonly source: string
}

/** An open connection, encrypted where that is wanted. It belongs to the caller; nothing is left open on failure or after the signal. */
export async function openSocket(target: Target, clock: Clock, signal: AbortSignal): Promise<Socket> {
  const { host, tls, source } = target
  const ca = tls ? await readAuthorities(target.caFile, `${source}_ca_file`) : undefined
  signal.throwIfAborted()
  const sockets: Socket[] = []
  const stop = () => {
    for (const socket of sockets) socket.destroy()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const words = failureWords(target)
    const tcp = openTcp(target, words)
    sockets.push(tcp.socket)
    await inTime(clock, STEP, 'the connection', tcp.ready)
    if (!tls) return tcp.socket
    const settings = { identity: host, authorities: ca, verify: target.verify }
    const secure = startTls(tcp.socket, settings, words)
    sockets.push(secure.socket)
    await inTime(clock, STEP, 'the TLS handshake', secure.ready)
    return secure.socket
  } catch (error) {
    stop()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What protects it: `TLSv1.3`, say. */
export function protectionOf(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return 'no encryption'
  const protocol = socket.getProtocol() ?? 'TLS'
  return socket.authorized ? protocol : `${protocol} with a certificate that is not checked`
}

function failureWords({ host, source }: Target): FailureWords {
  const check = `check ${source}_server and ${source}_port`
  return {
    refused: `the connection was refused; start the server, or ${check}`,
    check,
    host: `${source}_server`,
    authorities: `${source}_ca_file`,
    identity: host,
    otherIdentity: `set ${source}_server to the name that it is for, or give the server another one`,
    noTls: `${source}_port is the server's port for TLS, or set ${source}_tls`,
  }
}
