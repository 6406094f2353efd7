// <presence-dot> in a real browser: what it shows, and how many streams its tabs hold open.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { installBuiltPackage } from '../support/built-package.ts'
import { startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { startWebSite, type WebSite } from '../support/web-site.ts'

/**
 * `?count=300` makes dots of u0@x to u299@x, `?user=...` one; whose page it is says the token at `/token` or, if given, `?as=bob`. With
 * `?impatient` the tab looks after its leader more often.
 */
const DOTS = `import { PresenceClient } from './kopano-presence/client/index.js'
import { definePresenceDot } from './kopano-presence/client/presence-dot.js'
const asked = new URLSearchParams(location.search)
const token = asked.has('as') ? '/token-of-bob' : '/token'
const after = (milliseconds, callback) => {
  const timer = setTimeout(callback, asked.has('impatient') && milliseconds === 20_000 ? 2_000 : milliseconds)
  return () => clearTimeout(timer)
}
globalThis.client = new PresenceClient({
  url: URL_OF_DAEMON, token: async () => (await fetch(token)).text(), surroundings: { after }
})
definePresenceDot(client)
const users = [...asked.getAll('user'), ...Array.from({ length: Number(asked.get('count') ?? 0) }, (_, index) => 'u' + index + '@x')]
for (const user of users) {
  const dot = document.createElement('presence-dot')
  dot.setAttribute('user', user)
  document.body.append(dot)
}`

const cleanUps = new CleanUps()
after(cleanUps.run)

let daemon: Daemon
let proxy: CountingProxy
let site: WebSite
/** Who is signed in to the site. */
let signedIn = 'ada@x'

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'presence-package-'))
  cleanUps.after(() => rmSync(folder, { recursive: true }))
  const dist = await installBuiltPackage(folder)
  proxy = await startCountingProxy(cleanUps, () => daemon.url)
  const pages = new Map<string, string | (() => string)>([
    ['/', '<!doctype html><title>Dots</title><body><script type="module" src="/dots.js"></script>'],
    ['/dots.js', DOTS.replace('URL_OF_DAEMON', JSON.stringify(proxy.url))],
    ['/token', () => daemon.token(signedIn)],
    ['/token-of-bob', () => daemon.token('bob@x')],
  ])
  const folders = new Map([['/kopano-presence/client/', join(dist, 'client')]])
  // As strict as a policy can be: nothing inline, no style sheet at all.
  const policy = `default-src 'none'; script-src 'self'; connect-src 'self' ${proxy.url}; require-trusted-types-for 'script'`
  site = await startWebSite(cleanUps, { pages, folders, headers: { 'content-security-policy': policy } })
  daemon = await startDaemon({ config: { plugins: 'spreed manual', server_allowed_origins: site.origin } })
  cleanUps.after(() => daemon.stop())
})

const publish = (user_id: string, status: string, message = '') =>
  daemon.put([{ user_id, spreed: { status, message } }])

const named = (page: Page | Locator, name: string) => page.getByRole('img', { name, exact: true })

/** How many dots of a page have each name. */
async function names(page: Page): Promise<Readonly<Record<string, number>>> {
  return page.evaluate(`(() => {
    const names = {}
    for (const { shadowRoot } of document.querySelectorAll('presence-dot')) {
      const name = shadowRoot.firstElementChild.getAttribute('aria-label')
      names[name] = (names[name] ?? 0) + 1
    }
    return names
  })()`)
}

/** Waits until all dots of a page but those of other states have this name. */
const until = (page: Page, expected: Readonly<Record<string, number>>) =>
  daemon.until(
    () => names(page),
    (found) => JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(expected).sort()),
  )

const streams = (fits: (streams: CountingProxy['streams']) => boolean) => daemon.until(async () => proxy.streams, fits)

test('a dot shows how its user is, at once and at every change: in words, in colour and in shape', async (t) => {
  const browser = await startChromium(t)
  await publish('dora@x', 'available')
  const page = await browser.open(`${site.origin}/?user=DORA@x`)
  const looks = new Set<string>()
  for (const status of ['available', 'busy', 'away', 'unavailable']) {
    await publish('dora@x', status)
    const dot = named(page, status)
    await dot.waitFor()
    assert.equal(await dot.getAttribute('title'), status)
    const look = await page.evaluate<string>(`(() => {
      const dot = document.querySelector('presence-dot').shadowRoot.firstElementChild
      const { backgroundColor, backgroundImage, borderTopColor, borderRadius } = getComputedStyle(dot)
      return [backgroundColor, backgroundImage, borderTopColor, borderRadius].join()
    })()`)
    looks.add(look)
    const box = await dot.boundingBox()
    assert.ok(box !== null && box.width >= 8 && box.width === box.height, JSON.stringify(box))
  }
  assert.equal(looks.size, 4)
  assert.deepEqual(browser.complaints, [])
})

test('nothing that anybody writes into a message or an id becomes markup, script or another name', async (t) => {
  const browser = await startChromium(t)
  const hostile = '"><img src=x onerror="globalThis.hacked=1"></presence-dot><script>globalThis.hacked=1</script>\u202e'
  await publish('mallory@x', 'busy', hostile)
  await publish(`${hostile}@x`, 'away', hostile)
  const query = [`mallory@x`, `${hostile}@x`].map((user) => `user=${encodeURIComponent(user)}`)
  const page = await browser.open(`${site.origin}/?${query.join('&')}`)
  await named(page, 'busy').waitFor()
  await named(page, 'away').waitFor()
  const found = await page.evaluate<unknown>(`[
    'hacked' in globalThis,
    document.querySelectorAll('img, script:not([src])').length,
    [...document.querySelectorAll('presence-dot')].map(({ shadowRoot }) => shadowRoot.querySelectorAll('*').length),
  ]`)
  assert.deepEqual(found, [false, 0, [1, 1]])
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [site.origin, proxy.url] }), [])
})

test('300 dots in each of six tabs hold one stream open, and go on when its tab is closed', async (t) => {
  const browser = await startChromium(t)
  await publish('u7@x', 'busy')
  await publish('u299@x', 'away')
  const pages: Page[] = []
  for (let count = 0; count < 6; count += 1) pages.push(await browser.open(`${site.origin}/?count=300`))
  for (const page of pages) await until(page, { busy: 1, away: 1, unavailable: 298 })
  assert.deepEqual(proxy.streams, [{ users: 300, owner: 'ada@x' }])
  const { opened } = proxy
  await publish('u7@x', 'available')
  for (const page of pages) await until(page, { available: 1, away: 1, unavailable: 298 })
  assert.equal(proxy.opened, opened, 'nobody opened another one meanwhile')

  for (const [index, status] of ['busy', 'away', 'available'].entries()) {
    const [leading, ...others] = pages.splice(0, pages.length)
    pages.push(...others)
    await leading?.close()
    const closed = performance.now()
    await publish('u7@x', status)
    const expected = status === 'away' ? { away: 2, unavailable: 298 } : { [status]: 1, away: 1, unavailable: 298 }
    for (const page of pages) await until(page, expected)
    const took = Math.round(performance.now() - closed)
    assert.ok(took < 5_000, `after ${took} ms`)
    await streams((found) => found.length === 1 && found[0]?.users === 300)
    assert.equal(pages.length, 5 - index)
  }
  assert.deepEqual(browser.complaints, [])
})

test('dots go on when the leading tab is suspended and keeps its lock, and that tab is right again when it wakes up', async (t) => {
  const browser = await startChromium(t)
  await publish('u1@x', 'busy')
  const leading = await browser.open(`${site.origin}/?count=3`)
  await until(leading, { busy: 1, unavailable: 2 })
  const other = await browser.open(`${site.origin}/?count=3&impatient`)
  await until(other, { busy: 1, unavailable: 2 })
  const { opened } = proxy
  // Its scripts stand still, as a browser makes them in tabs that nobody looks at.
  const session = await browser.context.newCDPSession(leading)
  await session.send('Debugger.enable')
  const paused = new Promise((resolve) => session.once('Debugger.paused', resolve))
  await session.send('Debugger.pause')
  await publish('u1@x', 'away')
  await paused
  // Within the time that the client waits for a sign of life, asks for one, and takes the lead.
  await daemon.until(
    () => names(other),
    ({ away }) => away === 1,
    60_000,
  )
  assert.equal(proxy.opened, opened + 1)
  await publish('u1@x', 'available')
  await until(other, { available: 1, unavailable: 2 })
  await session.send('Debugger.resume')
  await session.detach()
  await until(leading, { available: 1, unavailable: 2 })
  await streams((found) => found.length === 1)
  assert.deepEqual(browser.complaints, [])
})

test('tabs of two persons have a stream each, and whoever signs in as somebody else changes sides', async (t) => {
  const browser = await startChromium(t)
  t.after(() => {
    signedIn = 'ada@x'
  })
  await publish('u1@x', 'busy')
  const ada = await browser.open(`${site.origin}/?count=3`)
  const bob = await browser.open(`${site.origin}/?count=2&as=bob`)
  await until(ada, { busy: 1, unavailable: 2 })
  await until(bob, { busy: 1, unavailable: 1 })
  const byOwner = (found: CountingProxy['streams']) => found.map(({ owner, users }) => `${owner} ${users}`).sort()
  assert.deepEqual(byOwner(proxy.streams), ['ada@x 3', 'bob@x 2'])
  signedIn = 'bob@x'
  await ada.evaluate(`client.get('u1@x').then(() => undefined)`)
  await streams((found) => byOwner(found).join() === 'bob@x 3')
  await publish('u1@x', 'away')
  await until(ada, { away: 1, unavailable: 2 })
  await until(bob, { away: 1, unavailable: 1 })
  assert.deepEqual(browser.complaints, [])
})

test('dots say that they are not up to date while the daemon is away, and recover by themselves', async (t) => {
  const browser = await startChromium(t)
  await publish('u1@x', 'busy')
  const page = await browser.open(`${site.origin}/?user=u1@x`)
  await named(page, 'busy').waitFor()
  await daemon.end('SIGKILL')
  await named(page, 'busy (not up to date)').waitFor()
  await daemon.start()
  await named(page, 'busy').waitFor()
})
