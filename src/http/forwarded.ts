// Whether a request has come straight from this machine, or through somebody who passed it on.
import type { FastifyRequest } from 'fastify'
import { countedAs } from './counted-address.ts'

/** What proxies add to a request. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

export function isForwarded({ headers }: FastifyRequest): boolean {
  return FORWARDING.some((name) => headers[name] !== undefined)
}

/** From loopback or through the Unix socket, and passed on by nobody. */
export function isLocal(request: FastifyRequest): boolean {
  return !isForwarded(request) && countedAs(request.raw.socket.remoteAddress) === undefined
}
