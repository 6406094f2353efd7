// The client as it is built, in pages of another origin than the daemon's.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { installBuiltPackage } from '../support/built-package.ts'
import { startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { blocks } from '../support/markdown.ts'
import { startWebSite, type WebSite } from '../support/web-site.ts'

const MANUAL = join(import.meta.dirname, '../../docs/client.md')

/** A page whose scripts find the client of a user as `client`. */
const page = (url: string, token: string) => `<!doctype html><title>A page</title>
<script type="module">
  import { PresenceClient } from './kopano-presence/client/index.js'
  globalThis.client = new PresenceClient({ url: '${url}', token: () => '${token}' })
</script>`

const cleanUps = new CleanUps()
after(cleanUps.run)

let daemon: Daemon
/** Named in server_allowed_origins. */
let site: WebSite
/** Not named there. */
let stranger: WebSite

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'presence-package-'))
  cleanUps.after(() => rmSync(folder, { recursive: true }))
  const dist = await installBuiltPackage(folder)
  const folders = new Map([['/kopano-presence/client/', join(dist, 'client')]])
  const example = () => {
    const [block = ''] = blocks(readFileSync(MANUAL, 'utf8'), 'html')
    assert.match(block, /'https:\/\/presence\.example\.com'/)
    return `<!doctype html><title>The example</title>${block.replace('https://presence.example.com', daemon.url)}`
  }
  const pages = new Map<string, () => string>([
    ['/', () => page(daemon.url, daemon.token('ada@x'))],
    ['/example', example],
    // What the reader's own backend has to do.
    ['/token', () => daemon.token('you@example.com')],
  ])
  site = await startWebSite(cleanUps, { pages, folders })
  stranger = await startWebSite(cleanUps, { pages, folders })
  const config = { plugins: 'spreed manual', server_allowed_origins: site.origin }
  daemon = await startDaemon({ config })
  cleanUps.after(() => daemon.stop())
})

test('a page of an allowed origin sets, asks, watches and withdraws, and nothing goes wrong on the way', async (t) => {
  const browser = await startChromium(t)
  const tab = await browser.open(site.origin)
  const told = await tab.evaluate<unknown>(`(async () => {
    const told = []
    await client.set('ada@x', 'spreed', { status: 'away', message: 'é😀' })
    told.push((await client.get('ada@x')).message)
    told.push((await client.getMany(['nobody@x', 'ADA@x'])).map(({ user_id, status }) => user_id + ' ' + status))
    for await (const event of client.watch(['ada@x'])) {
      told.push(event.type === 'presence' ? event.document.status : event.type)
      // Not waited for: the stream tells of it.
      if (event.type === 'ready') void client.set('ada@x', 'manual', { status: 'busy', expiresIn: 60 })
      if (event.document?.status === 'busy') break
    }
    told.push((await client.withdraw('ada@x', 'manual')).source)
    told.push((await client.sources()).sources.map(({ name }) => name))
    await client.forget('ada@x')
    told.push((await client.get('ada@x')).source)
    return told
  })()`)
  const users = ['nobody@x unavailable', 'ADA@x away']
  assert.deepEqual(told, ['é😀', users, 'away', 'ready', 'busy', 'spreed', ['spreed', 'manual'], null])
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [site.origin, daemon.url] }), [])
})

test('a page sees why the daemon refused it', async (t) => {
  const browser = await startChromium(t)
  const tab = await browser.open(site.origin)
  const problem = await tab.evaluate<unknown>(`client.set('bob@x', 'manual', { status: 'busy' }).then(
    () => 'done',
    ({ name, problem }) => [name, problem.status, problem.detail],
  )`)
  const [name, status, detail] = problem as [string, number, string]
  assert.deepEqual([name, status], ['ProblemError', 403])
  assert.match(detail, /token/)
})

test('a page of an origin that is not named is shut out by the browser: it reads nothing, changes nothing, and sees an error', async (t) => {
  const browser = await startChromium(t)
  const tab = await browser.open(stranger.origin)
  const outcomes = await tab.evaluate<unknown>(`(async () => {
    const asked = [
      () => client.get('ada@x'),
      () => client.set('ada@x', 'spreed', { status: 'busy', message: 'from a stranger' }),
      () => client.watch(['ada@x'], { signal: AbortSignal.timeout(10000) }).next(),
    ]
    const outcomes = []
    for (const ask of asked) {
      outcomes.push(await ask().then((value) => value, ({ name, message }) => name + ': ' + message))
    }
    return outcomes
  })()`)
  const [got, set, watched] = outcomes as [string, string, { value: { type: string; error: { name: string } } }]
  for (const message of [got, set]) assert.equal(message, `UnreachableError: No answer from ${daemon.url}/`)
  // It goes on trying: the network may be as silent as a refusal.
  assert.equal(watched.value.type, 'lost')
  assert.notEqual((await daemon.document('ada@x')).message, 'from a stranger')
  assert.ok(browser.complaints.some((one) => one.includes('blocked by CORS policy')))
})

test('the example of the documentation runs as it stands there, but for the address of the daemon', async (t) => {
  const browser = await startChromium(t)
  const tab = await browser.open(`${site.origin}/example`)
  // The heartbeat of the page makes its user available; the dot is somebody else's.
  await daemon.documentWhen('you@example.com', ({ status }) => status === 'available')
  await tab.getByRole('img', { name: 'unavailable', exact: true }).waitFor()
  await daemon.put([{ user_id: 'markd@kopano.com', spreed: { status: 'busy', message: '' } }])
  await tab.getByRole('img', { name: 'busy', exact: true }).waitFor()
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [site.origin, daemon.url] }), [])
})
