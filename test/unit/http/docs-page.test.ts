// The page of the documentation: it tells everything the OpenAPI document does, and nothing in it can run or load.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { docsPage } from '../../../src/http/docs-page.ts'
import { openApiDocument } from '../../../src/http/openapi.ts'
import { startSite } from '../../support/http-site.ts'

test('the page is served to anybody, under a policy that lets only its own style sheet in', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['*'] })
  const answer = await site.ask('GET', '/docs', { headers: { origin: 'https://app.example' } })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(answer.headers['access-control-allow-origin'], undefined)
  assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  const style = /<style>(.*)<\/style>/s.exec(answer.body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  assert.equal(answer.headers['content-security-policy'], policy)
  const head = await site.ask('HEAD', '/docs')
  assert.deepEqual([head.body, head.headers['content-length']], ['', String(Buffer.byteLength(answer.body))])
  assert.equal((await site.ask('POST', '/docs')).headers.allow, 'GET, HEAD')
})

test('nothing of it runs, loads or leads elsewhere, and its links hold behind a prefix', () => {
  const page = docsPage(openApiDocument())
  assert.doesNotMatch(page, /<(script|link|img|iframe|object|form)|\son\w+=|\sstyle=|src=|url\(|@import|javascript:/i)
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link)
  const anchors = new Set([...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => `#${id}`))
  assert.ok(links.length > 30)
  for (const link of links) assert.ok(link === 'v1/openapi.json' || anchors.has(link), link)
})

test('every operation, parameter, answer and member is told', () => {
  const document = openApiDocument()
  const page = docsPage(document)
  const told = (text: string) => assert.ok(page.includes(text), text)
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId, parameters = [] }] of Object.entries(methods)) {
      told(`<h3 id="${operationId}"><code>${method.toUpperCase()} ${path}</code></h3>`)
      for (const { name } of parameters) told(`<th scope="row"><code>${name}</code></th>`)
    }
  }
  for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
    told(`<h3 id="schema-${name}">${name}</h3>`)
    for (const member of Object.keys(properties)) told(`<code>${member}</code>`)
  }
  for (const { description } of Object.values(document.components.responses)) told(description)
  told('a whole number from 1 to 31,536,000')
  assert.doesNotMatch(page, /undefined|\[object|`/)
})

test('text that looks like markup stays text', () => {
  const document = openApiDocument()
  const info = { ...document.info, title: '<script>alert(1)</script>', description: '</p><b> & `</code><i>`' }
  const page = docsPage({ ...document, info })
  assert.doesNotMatch(page, /<script|<b>|<i>/)
})

test('the page is well-formed', () => {
  const { stderr } = spawnSync('xmllint', ['--html', '--noout', '--nonet', '-'], {
    input: docsPage(openApiDocument()),
    encoding: 'utf8',
  })
  // This parser does not know the elements that came with HTML 5.
  const complaints = stderr.split('\n').filter((line) => line.includes('error') && !/Tag \w+ invalid/.test(line))
  assert.deepEqual(complaints, [])
})
