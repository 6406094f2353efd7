// Methods that a path does not serve: 405, with the ones it does.
import { METHODS } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, sendProblem } from './problem.ts'

/** Makes fastify know every method that Node can parse; CONNECT never arrives as a request. GET may have a body here. */
export function knowAllMethods(app: FastifyInstance): void {
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true })
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method)
  }
}

/** Refuses all methods of a path but these. `OPTIONS` among them is only for origins that CORS allows, and is answered before. */
export function refuseOtherMethods(app: FastifyInstance, url: string, served: readonly string[]): void {
  const routed = served.filter((method) => method !== 'OPTIONS')
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const allow = (request.method === 'OPTIONS' ? routed : served).join(', ')
    return sendProblem(reply, new Problem(405, `This path serves ${allow}.`, { headers: { allow } }))
  }
  app.route({
    method: app.supportedMethods.filter((method) => !routed.includes(method)),
    url,
    // Before the body is read: there is no use for it.
    onRequest: (request, reply, _done) => {
      refuse(request, reply)
    },
    handler: refuse,
  })
}
