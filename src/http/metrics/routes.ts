// What operators and their machines ask of a daemon: its metrics, and whether it is ready.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../core/clock.ts'
import type { Connections } from '../connections.ts'
import type { PresenceFace } from '../face.ts'
import { isLocal } from '../forwarded.ts'
import { JSON_TYPE } from '../json-text.ts'
import { refuseOtherMethods } from '../methods.ts'
import { notFound } from '../problem.ts'
import type { RequestMeter } from '../request-meter.ts'
import type { Watches } from '../watch.ts'
import { EventLoop } from './event-loop.ts'
import { UserCount } from './user-count.ts'

export interface MetricsParts {
  readonly service: PresenceFace
  readonly clock: Clock
  readonly requests: RequestMeter
  readonly connections: Pick<Connections, 'count'>
  readonly maxConnections: number
  readonly watches: Pick<Watches, 'count' | 'delays'>
  readonly maxStreams: number
  readonly version: string
  /** Whether anybody may ask, or only who is on this machine. */
  isPublic(): boolean
}

/** Returns what ends it. */
export function addMetricsRoutes(app: FastifyInstance, parts: MetricsParts): () => void {
  const { service, clock, requests, connections, watches, maxConnections, maxStreams, version } = parts
  const users = new UserCount(service, clock)
  const loop = new EventLoop()

  function check(request: FastifyRequest): void {
    if (!parts.isPublic() && !isLocal(request)) throw notFound()
  }

  app.route({
    method: ['GET', 'HEAD'],
    url: '/metrics',
    async handler(request, reply) {
      check(request)
      const { exposition } = await import('./exposition.ts')
      const { type, text } = await exposition({
        users: await users.counts(),
        sources: service.sources(),
        tally: service.tally,
        requests: requests.counts(),
        connections: { count: connections.count, most: maxConnections },
        streams: { count: watches.count, most: maxStreams, delays: watches.delays },
        store: service.store,
        loop: { delay: loop.delay(), busy: loop.busy() },
        version,
      })
      return reply.header('content-type', type).send(text)
    },
  })

  // While the daemon is stopping every request gets 503, and so does this one.
  app.route({
    method: ['GET', 'HEAD'],
    url: '/readyz',
    handler(request, reply) {
      check(request)
      const { connected, complete } = service.store
      const facts = {
        status: 'ready',
        saving: connected && !service.tally.failing,
        complete,
        pending: service.pending(),
      }
      return reply.header('content-type', JSON_TYPE).send(JSON.stringify(facts))
    },
  })

  refuseOtherMethods(app, '/metrics', ['GET', 'HEAD'])
  refuseOtherMethods(app, '/readyz', ['GET', 'HEAD'])
  return () => loop.close()
}
