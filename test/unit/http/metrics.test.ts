// What /metrics and /readyz tell, and whom.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import { COMMON_FAMILIES, FAMILIES, PREFIX } from '../../../src/http/metrics/families.ts'
import { UserCount } from '../../../src/http/metrics/user-count.ts'
import { routeOf } from '../../../src/http/request-meter.ts'
import { readEvents } from '../../support/events.ts'
import { authorized, type Site, startSite } from '../../support/http-site.ts'
import { until } from '../../support/until.ts'

const ROOT = new URL('../../../', import.meta.url).pathname

/** The value of one line; undefined when there is none. */
function sample(text: string, line: string): number | undefined {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.slice(line.length + 1))
}

async function scrape(site: Site): Promise<string> {
  const { status, headers, body } = await site.ask('GET', '/metrics')
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  return body
}

const publish = (site: Site, userId: string, status: 'busy' | 'away') =>
  site.service.publish([{ userId, source: 'spreed', status, message: '' }])

test('Prometheus itself finds nothing to complain of in the metrics', async (t) => {
  const site = await startSite(t, { version: '1.2.3' })
  await publish(site, 'ada', 'busy')
  await site.ask('GET', '/', { body: site.body([{ user_id: 'ada' }]) })
  await scrape(site)
  // The second scrape has the event loop as well.
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(site) })
  assert.deepEqual([status, String(stdout), String(stderr)], [0, '', ''])
})

test('users are counted by their combined status, and by source', async (t) => {
  const site = await startSite(t)
  await publish(site, 'ada', 'busy')
  await publish(site, 'bob', 'away')
  await publish(site, 'eva', 'away')
  site.clock.advance(119_000)
  await publish(site, 'ada', 'busy')
  const before = await scrape(site)
  assert.equal(sample(before, 'kopano_presence_users{status="away"}'), 2)
  assert.equal(sample(before, 'kopano_presence_users{status="busy"}'), 1)
  assert.equal(sample(before, 'kopano_presence_source_users{source="spreed"}'), 3)
  site.clock.advance(2_000)
  await site.service.idle()
  const after = await scrape(site)
  assert.equal(sample(after, 'kopano_presence_users{status="away"}'), 0)
  assert.equal(sample(after, 'kopano_presence_users{status="unavailable"}'), 2)
  assert.equal(sample(after, 'kopano_presence_publications_total{source="spreed"}'), 4)
  assert.equal(sample(after, 'kopano_presence_expiries_total{source="spreed"}'), 2)
  await site.service.forget('ada')
  assert.equal(sample(await scrape(site), 'kopano_presence_withdrawals_total{source="spreed"}'), 1)
})

test('a count of many users lets others run in between, and is not repeated as often as it is asked for', async (t) => {
  const { clock } = await startSite(t)
  let reads = 0
  const users = Array.from({ length: 10_000 }, (_, index) => `user${index}`)
  const service = {
    page({ cursor = '0', limit }: { cursor?: string; limit: number }) {
      const end = Number(cursor) + limit
      return { users: users.slice(Number(cursor), end), nextCursor: end < users.length ? String(end) : undefined }
    },
    read() {
      reads += 1
      if (reads % 1_000 === 0) clock.advance(10)
      return {
        combined: { status: 'away', message: '', source: 'x', since: 0, stale: false },
        sources: new Map(),
      } as const
    },
  }
  const count = new UserCount(service, clock)
  const first = count.counts()
  assert.equal(reads, 500, 'one slice before anybody else')
  assert.equal((await first)?.get('away'), 10_000)
  await count.counts()
  assert.equal(reads, 10_000)
  clock.advance(20 * 100)
  await count.counts()
  assert.equal(reads, 20_000)
})

test('requests are counted by route, method and code, and what clients make up is one route', async (t) => {
  const site = await startSite(t)
  for (const user of ['ada', 'bob']) await site.ask('GET', `/v1/users/${user}`, authorized(site))
  await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: { status: 'busy' } }]) })
  await site.ask('GET', '/', { body: '{' })
  for (const path of ['/a', '/b?c', '/board', '/v1/users/a/b/c']) await site.ask('GET', path)
  await site.ask('MKCOL', '/')
  const text = await scrape(site)
  const requests = (route: string, method: string, code: number) =>
    sample(text, `kopano_presence_http_requests_total{route="${route}",method="${method}",code="${code}"}`)
  assert.equal(requests('/v1/users/{user_id}', 'GET', 200), 2)
  assert.equal(requests('/', 'PUT', 200), 1)
  assert.equal(requests('/', 'GET', 400), 1)
  assert.equal(requests('other', 'GET', 404), 3)
  assert.equal(requests('/', 'other', 405), 1)
  const durations = 'kopano_presence_http_request_duration_seconds'
  assert.equal(sample(text, `${durations}_count{route="/v1/users/{user_id}",method="GET"}`), 2)
  assert.equal(sample(text, `${durations}_bucket{route="/v1/users/{user_id}",method="GET",le="+Inf"}`), 2)
})

test('a request whose client has gone before its answer is not counted as answered', async (t) => {
  const site = await startSite(t)
  const release = site.store.holdSaves()
  const leaving = new AbortController()
  const body = JSON.stringify(site.body([{ user_id: 'ada', spreed: { status: 'busy' } }]))
  const gone = fetch(`${site.url}/`, { method: 'PUT', body, signal: leaving.signal })
  await until(() => site.server.connections > 0, t.signal)
  leaving.abort()
  await assert.rejects(gone)
  await until(() => site.server.connections === 0, t.signal)
  const text = await scrape(site)
  release()
  assert.doesNotMatch(text, /http_requests_total\{.*method="PUT"/)
  assert.doesNotMatch(text, /http_request_duration_seconds_count\{.*method="PUT"/)
})

test('every path belongs to one of a few routes', () => {
  const routes: readonly [string, string][] = [
    ['/', '/'],
    ['/?x=1', '/'],
    ['/v1/users?limit=1', '/v1/users'],
    ['/v1/users/query', '/v1/users/query'],
    ['/v1/users/a', '/v1/users/{user_id}'],
    ['/v1/users/a/spreed?session=1', '/v1/users/{user_id}/{source}'],
    ['/v1/users/a/b/c', 'other'],
    ['/board/', '/board/'],
    ['/board/main.js', '/board/'],
    ['/operator/backup', '/operator/'],
    ['http://host/', 'other'],
    ['//', 'other'],
    ['/__proto__', 'other'],
  ]
  assert.deepEqual(
    routes.map(([url]) => [url, routeOf(url)]),
    routes,
  )
})

test('streams are counted while they are open, and how long a change waits for them', async (t) => {
  const site = await startSite(t)
  const reader = await readEvents(`${site.url}/v1/watch`, site.token())
  await reader.until('ready')
  await publish(site, 'ada', 'busy')
  await reader.next()
  await until(async () => sample(await scrape(site), 'kopano_presence_watch_delay_seconds_count') === 1)
  assert.equal(sample(await scrape(site), 'kopano_presence_watch_streams'), 1)
  reader.close()
  await until(async () => sample(await scrape(site), 'kopano_presence_watch_streams') === 0)
  const text = await scrape(site)
  assert.equal(sample(text, 'kopano_presence_http_requests_total{route="/v1/watch",method="GET",code="200"}'), 1)
  assert.equal(text.includes('duration_seconds_count{route="/v1/watch"'), false)
})

test('a collector is told by its state, and each of its logins is counted', async (t) => {
  const site = await startSite(t)
  const state = (name: string) => `kopano_presence_source_state{source="xmpp",state="${name}"}`
  assert.equal(sample(await scrape(site), state('connecting')), 1)
  for (const _ of [1, 2]) {
    const session = site.service.collector('xmpp')?.open(() => {})
    session?.connected('somewhere')
    session?.end('lost')
  }
  const text = await scrape(site)
  assert.deepEqual([sample(text, state('lost')), sample(text, state('connecting'))], [1, 0])
  assert.equal(sample(text, 'kopano_presence_source_sessions_total{source="xmpp"}'), 2)
  assert.equal(sample(text, 'kopano_presence_source_state{source="spreed",state="ready"}'), 1)
})

test('a store that can not save shows, in the metrics and to who asks whether the daemon is ready', async (t) => {
  const site = await startSite(t)
  const ready = async () => JSON.parse((await site.ask('GET', '/readyz')).body)
  assert.deepEqual(await ready(), { status: 'ready', saving: true, complete: true, pending: ['xmpp'] })
  await publish(site, 'ada', 'busy')
  assert.equal(sample(await scrape(site), 'kopano_presence_store_saving'), 1)
  t.mock.method(site.store, 'save', () => Promise.reject(new SavingError('the disk is full')), { times: 1 })
  await assert.rejects(publish(site, 'ada', 'busy'))
  const text = await scrape(site)
  assert.equal(sample(text, 'kopano_presence_store_saving'), 0)
  assert.equal(sample(text, 'kopano_presence_store_save_failures_total'), 1)
  assert.equal((await ready()).saving, false)
  await publish(site, 'ada', 'busy')
  assert.equal(sample(await scrape(site), 'kopano_presence_store_saving'), 1)
  assert.equal(sample(await scrape(site), 'kopano_presence_store_save_duration_seconds_count'), 2)
})

test('only who asks from this machine, and through nobody, is told; everybody, if the administrator says so', async (t) => {
  const site = await startSite(t)
  for (const path of ['/metrics', '/readyz']) {
    assert.equal((await site.ask('GET', path)).status, 200)
    const forwarded = { headers: { 'x-forwarded-for': '127.0.0.1' } }
    const nothing = await site.ask('GET', '/nothing', forwarded)
    const refused = await site.ask('GET', path, forwarded)
    assert.deepEqual([refused.status, refused.body], [404, nothing.body])
    site.server.configure({ allowedOrigins: [], publicMetrics: true })
    assert.equal((await site.ask('GET', path, forwarded)).status, 200)
    site.server.configure({ allowedOrigins: [] })
    assert.equal((await site.ask('GET', path, forwarded)).status, 404)
    assert.equal((await site.ask('POST', path)).headers.allow, 'GET, HEAD')
  }
})

test('no user and no secret is in the metrics, whatever is asked', async (t) => {
  const site = await startSite(t)
  await publish(site, 'somebody@example.com', 'busy')
  await site.ask('GET', '/v1/users/somebody@example.com', authorized(site, 'somebody@example.com'))
  await site.ask('GET', '/somebody@example.com?token=GEHEIM')
  await site.ask('PUT', '/', { body: { UserStatus: [{ user_id: 'somebody@example.com' }] } })
  assert.doesNotMatch(await scrape(site), /somebody|example|GEHEIM/)
})

test('docs/monitoring.md explains every metric, and none that there is not', () => {
  const text = readFileSync(`${ROOT}docs/monitoring.md`, 'utf8')
  const told = [...text.matchAll(/^\| `(\w+)(?:\{([\w, ]+)\})?` \| (\w+) \|/gm)].map(([, name, labels = '', type]) => {
    return `${name}{${labels}} ${type}`
  })
  const line = (prefix: string) => (family: (typeof FAMILIES)[number]) =>
    `${prefix}${family.name}{${(family.labels ?? []).join(', ')}} ${family.type}`
  assert.deepEqual(told, [...FAMILIES.map(line(PREFIX)), ...COMMON_FAMILIES.map(line(''))])
})
