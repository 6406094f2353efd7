// Web pages of other origins: who may ask, and what their browser is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSite } from '../../support/http-site.ts'

const ORIGIN = 'https://app.example:8443'
const WITH_ORIGIN = { headers: { origin: ORIGIN } }

test('a preflight of an allowed origin is answered with 204 and what it may do', async (t) => {
  const site = await startSite(t, { allowedOrigins: ['https://other.example', ORIGIN] })
  for (const [path, methods] of [
    ['/', 'GET, HEAD, POST, PUT'],
    ['/v1/users/ada', 'GET, HEAD, POST, PUT, DELETE'],
    ['/v1/users?domain=x', 'GET, HEAD, POST, PUT, DELETE'],
    ['/v1/users/query', 'GET, HEAD, POST, PUT, DELETE'],
    ['/v1/users/ada/manual', 'GET, HEAD, POST, PUT, DELETE'],
    ['/v1/sources', 'GET, HEAD, POST, PUT, DELETE'],
    ['/v1/openapi.json', 'GET, HEAD, POST, PUT, DELETE'],
  ] as const) {
    const { status, headers, body } = await site.ask('OPTIONS', path, WITH_ORIGIN)
    assert.deepEqual([status, body], [204, ''])
    assert.equal(headers['access-control-allow-origin'], ORIGIN)
    assert.equal(headers['access-control-allow-methods'], methods)
    assert.equal(headers['access-control-allow-headers'], 'Authorization, Content-Type, Last-Event-ID')
    assert.equal(headers.vary, 'Origin')
    assert.equal(headers['cache-control'], 'private, no-store')
  }
})

test('every answer to an allowed origin may be read, refusals too, and exposes two headers', async (t) => {
  const site = await startSite(t, { allowedOrigins: [ORIGIN] })
  const paths = [
    ['GET', '/', 400],
    ['GET', '/v1/sources', 401],
    ['DELETE', '/', 405],
    ['GET', '/v1/nothing', 404],
  ] as const
  for (const [method, path, expected] of paths) {
    const { status, headers } = await site.ask(method, path, WITH_ORIGIN)
    assert.equal(status, expected)
    assert.equal(headers['access-control-allow-origin'], ORIGIN)
    assert.equal(headers['access-control-expose-headers'], 'Presence-Ignored, Retry-After')
    assert.equal(headers.vary, 'Origin')
  }
  const read = await site.ask('POST', '/', { ...WITH_ORIGIN, body: site.body([{ user_id: 'ada', xmpp: 1 }]) })
  assert.deepEqual([read.status, read.headers['access-control-allow-origin']], [200, ORIGIN])
})

test('other origins get no permission: OPTIONS is refused, and answers say so to caches', async (t) => {
  const site = await startSite(t, { allowedOrigins: [ORIGIN] })
  for (const origin of ['https://app.example', 'http://app.example:8443', `${ORIGIN}.evil.example`, 'null', '']) {
    const options = await site.ask('OPTIONS', '/', { headers: { origin } })
    assert.deepEqual([options.status, options.headers.allow], [405, 'GET, HEAD, POST, PUT'])
    const get = await site.ask('GET', '/', { headers: { origin } })
    for (const { headers } of [options, get]) {
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers.vary, 'Origin')
    }
  }
})

test('by default no origin is allowed, and `*` allows all', async (t) => {
  const closed = await startSite(t)
  assert.equal((await closed.ask('OPTIONS', '/', WITH_ORIGIN)).status, 405)
  const open = await startSite(t, { allowedOrigins: ['*'] })
  assert.equal((await open.ask('OPTIONS', '/', WITH_ORIGIN)).headers['access-control-allow-origin'], ORIGIN)
})

test('a new list of origins counts at once, whatever the case and with a slash at the end', async (t) => {
  const site = await startSite(t)
  site.server.configure({ allowedOrigins: ['HTTPS://App.Example:8443/'] })
  assert.equal((await site.ask('OPTIONS', '/', WITH_ORIGIN)).status, 204)
  site.server.configure({ allowedOrigins: [] })
  assert.equal((await site.ask('OPTIONS', '/', WITH_ORIGIN)).status, 405)
})

test('paths outside / and /v1 are not for other origins', async (t) => {
  const site = await startSite(t, { allowedOrigins: [ORIGIN] })
  for (const path of ['/healthz', '/v1x', '/nothing']) {
    const { headers } = await site.ask('GET', path, WITH_ORIGIN)
    assert.equal(headers['access-control-allow-origin'], undefined)
  }
  assert.equal((await site.ask('OPTIONS', '/healthz', WITH_ORIGIN)).status, 405)
})
