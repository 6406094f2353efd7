// The routes of the description: for programs at `/v1/openapi.json`, for people at `/docs`. Anybody may read it.
import type { FastifyInstance } from 'fastify'
import { docsPage } from './docs-page.ts'
import { DOCS_POLICY } from './docs-style.ts'
import { JSON_TYPE } from './json-text.ts'
import { refuseOtherMethods } from './methods.ts'
import { openApiDocument } from './openapi.ts'

export function addDocsRoutes(app: FastifyInstance): void {
  const document = openApiDocument()
  const json = JSON.stringify(document)
  const page = docsPage(document)

  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/openapi.json',
    handler: (_request, reply) => reply.header('content-type', JSON_TYPE).send(json),
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/docs',
    handler: (_request, reply) =>
      reply
        .headers({
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': DOCS_POLICY,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        })
        .send(page),
  })

  refuseOtherMethods(app, '/v1/openapi.json', ['GET', 'HEAD', 'OPTIONS'])
  refuseOtherMethods(app, '/docs', ['GET', 'HEAD'])
}
