// The HTTP server: puts routes, hooks and limits together; listens, and ends gracefully.
import type { IncomingMessage, Server } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastify from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { TokenVerifier } from '../core/tokens.ts'
import { Authentication } from './auth.ts'
import type { CodeParts } from './board/codes.ts'
import { loadBoardFiles } from './board/files.ts'
import { addBoardRoutes } from './board/routes.ts'
import { BodyReader } from './body.ts'
import { clientErrorHandler } from './client-errors.ts'
import { Connections } from './connections.ts'
import { Cors } from './cors.ts'
import { addDocsRoutes } from './docs-routes.ts'
import type { PresenceFace } from './face.ts'
import { problemOf, unavailable } from './failures.ts'
import { lastIfFaulty } from './faulty-framing.ts'
import { type HotPathParts, hotPath } from './hot-path.ts'
import { addLegacyRoutes } from './legacy.ts'
import { LIMITS, type Limits } from './limits.ts'
import { createNodeServer, listen, stopListening } from './listening.ts'
import { knowAllMethods, refuseOtherMethods } from './methods.ts'
import { addMetricsRoutes } from './metrics/routes.ts'
import { addOperatorRoutes, type OperatorParts } from './operator/routes.ts'
import { Pauses } from './pauses.ts'
import { inTurn } from './pipelines.ts'
import { PresenceResource } from './presence-resource.ts'
import { CACHE_CONTROL, notFound, Problem, sendProblem } from './problem.ts'
import { RequestMeter } from './request-meter.ts'
import { Rights, type RightsRules } from './rights.ts'
import { ShapeBounds } from './shape-bounds.ts'
import { renewCertificate, type ServerCertificate } from './tls.ts'
import { type ProxyTrust, proxyTrust } from './trusted-proxies.ts'
import type { SocketRights } from './unix-socket.ts'
import { addV1Routes } from './v1.ts'
import { Views } from './views.ts'
import { addWatchRoutes, WATCH_PATH, Watches } from './watch.ts'
import { WrongSignatures } from './wrong-signatures.ts'

export interface HttpServerParts extends RightsRules {
  readonly service: PresenceFace
  readonly tokens: Pick<TokenVerifier, 'verify' | 'issue' | 'keysFor'>
  /** Where links to the status board leave their one-time codes, for every node. */
  readonly notes: CodeParts['notes']
  readonly clock: Clock
  readonly log: Log
  /** This daemon's name among its like, as `GET /v1/sources` tells it. */
  readonly nodeName: string
  /** The origins whose web pages may ask. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** The most streams of `/v1/watch` at once. */
  readonly maxStreams: number
  /** The folder with the built files of the status board. */
  readonly boardFolder?: string | undefined
  /** Opens the status board for reading only. */
  readonly boardPassword?: string | undefined
  /** Undefined: no backups are made or restored. The folder is for what comes in. */
  readonly operator?: Pick<OperatorParts, 'backups' | 'folder'>
  /** Whether other nodes take publications as well: one that was stopped then takes none that lay here meanwhile. */
  readonly shared?: boolean
  /** With it the server speaks TLS. */
  readonly certificate?: ServerCertificate | undefined
  /** Whether the metrics are for anybody, and not for this machine alone. */
  readonly publicMetrics?: boolean
  readonly version?: string
  /** Other limits than the usual ones. */
  readonly limits?: Partial<Limits>
}

type Changeable = 'allowedOrigins' | 'boardPassword' | 'certificate' | 'publicMetrics'

export interface HttpServer {
  /**
   * Resolves with `http://ADDRESS:PORT` or `https://...`, port 0 takes a free one, or with `unix:/path`, where the rights count. Rejects
   * with FatalError when the address can't be had.
   */
  listen(bind: string, port: number, rights?: SocketRights): Promise<string>
  /** Takes nothing new, finishes what is under way, and resolves when every connection is closed: after three seconds by force. */
  close(): Promise<void>
  /** Takes over what has changed; streams whose tokens are not valid any more, or see others now, end. */
  configure(settings: RightsRules & Pick<HttpServerParts, Changeable>): void
  /** A code for a link that opens the status board once, for reading only. Rejects with SavingError. */
  boardCode(): Promise<string>
  /** How many connections are open. */
  readonly connections: number
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Throws ConfigError when a trusted proxy is no address, and FatalError when the files of the board can't be read. */
export function createHttpServer(parts: HttpServerParts): HttpServer {
  const { service, tokens, clock, log, nodeName } = parts
  const limits = { ...LIMITS, ...parts.limits }
  const server = createNodeServer(limits, clock, parts.certificate)
  const isProxy = proxyTrust(parts.trustedProxies)
  const connections = new Connections(server, { clock, log, limits, isProxy })
  const requests = new RequestMeter()
  const authentication = new Authentication(tokens, new WrongSignatures(clock, limits.maxWrongSignatures), log)
  const rights = new Rights(parts, service)
  const views = new Views(service, rights, tokens)
  const bounds = new ShapeBounds(limits)
  const resource = new PresenceResource({ service, authentication, rights, views, bounds })
  let pauses: Pauses | undefined
  let closing = false
  const isOpen = (): boolean => !closing && pauses?.isJustOver !== true
  const hot = { resource, isOpen, isStopping: () => closing }
  const app = createApp({ server, connections, isProxy, clock, limits, requests, hot })
  const cors = new Cors(parts.allowedOrigins)
  let publicMetrics = parts.publicMetrics ?? false

  app.addHook('onRequest', (request, reply, done) => {
    // The body counts and not what it is called; fastify would refuse some names unread.
    delete request.raw.headers['content-type']
    reply.header('cache-control', CACHE_CONTROL)
    if (!cors.apply(request, reply)) done()
  })
  // Not earlier: a client that is still sending its body might never see the answer.
  app.addHook('preHandler', ({ method }, _reply, done) => {
    if (closing) done(unavailable('The daemon is stopping; try again soon.'))
    else if (!READING.has(method) && pauses?.isJustOver)
      done(unavailable('This node was stopped for a while; try again.'))
    else done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close')
    done()
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, notFound()))
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemOf(error, log, request)))

  addLegacyRoutes(app, resource)
  const { maxStreams } = parts
  const { maxStreamsPerUser } = limits
  const watches = new Watches({ views, authentication, tokens, clock, log, maxStreams, maxStreamsPerUser })
  addWatchRoutes(app, watches, authentication, bounds)
  addDocsRoutes(app)
  addV1Routes(app, { service, authentication, rights, views, bounds, clock, nodeName })
  const board = addBoardRoutes(app, {
    ...{ authentication, tokens, clock, notes: parts.notes },
    files: parts.boardFolder === undefined ? undefined : loadBoardFiles(parts.boardFolder),
    password: parts.boardPassword,
    isHostApplication: (origin) => cors.names(origin),
  })
  const endOperator = parts.operator && addOperatorRoutes(app, { ...parts.operator, authentication, clock, log })
  const endMetrics = addMetricsRoutes(app, {
    ...{ service, clock, requests, connections, watches, maxStreams },
    maxConnections: limits.maxConnections,
    version: parts.version ?? 'unknown',
    isPublic: () => publicMetrics,
  })
  refuseOtherMethods(app, '/', ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'])
  refuseOtherMethods(app, WATCH_PATH, ['GET', 'POST', 'OPTIONS'])

  return {
    async listen(bind, port, rights = { mode: 0o600 }) {
      await app.ready()
      const address = await listen(server, bind, port, rights)
      // The start itself may take long.
      if (parts.shared === true) pauses = new Pauses(clock)
      return address
    },
    async close() {
      closing = true
      pauses?.close()
      watches.endAll()
      const cancel = clock.after(limits.closeTimeout, () => connections.destroyAll())
      await stopListening(server)
      cancel()
      await endOperator?.()
      endMetrics()
      await app.close()
    },
    configure(settings) {
      cors.configure(settings.allowedOrigins)
      rights.configure(settings)
      publicMetrics = settings.publicMetrics ?? false
      views.renew()
      board.configure({ password: settings.boardPassword })
      watches.recheck()
      if (settings.certificate !== undefined) renewCertificate(server, settings.certificate)
    },
    boardCode: () => board.readerCode(),
    get connections() {
      return connections.count
    },
  }
}

interface AppParts {
  readonly server: Server
  readonly connections: Connections
  readonly isProxy: ProxyTrust
  readonly clock: Clock
  readonly limits: Limits
  readonly requests: RequestMeter
  readonly hot: Omit<HotPathParts, 'bodies'>
}

/** Fastify as it is needed here: bodies on GET, of any type and as bytes; problems instead of its own errors; no log. */
function createApp({ server, connections, isProxy, clock, limits, requests, hot }: AppParts): FastifyInstance {
  const bodies = new BodyReader(limits)
  const app = fastify({
    serverFactory(handler) {
      const serve = lastIfFaulty(inTurn(hotPath({ ...hot, bodies }, handler), limits.maxPipelined))
      return server.on('request', (request, response) => {
        if (connections.isRefused(request.socket)) return
        requests.begin(request, response)
        serve(request, response)
      })
    },
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: clientErrorHandler(server, clock),
    trustProxy: isProxy,
    routerOptions: { maxParamLength: limits.maxHeaders },
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply, new Problem(400, 'The path is not UTF-8 in percent-encoding.'))
    },
  })
  knowAllMethods(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => bodies.read(payload))
  return app
}
