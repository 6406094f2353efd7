// What the cookie of the status board can't be used for: other parts of the daemon, and pages of other origins. Real browsers, on a
// site of several names; what they sent is read on the way.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Page } from 'playwright-core'
import { boardLink, buildServedBoard, showsState } from '../support/board.ts'
import { type Chromium, startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { type Recorded, type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { startWebSite, type WebSite } from '../support/web-site.ts'

const ANNA = 'anna@example.test'
/** The board's own name, and another one of the same site: what a browser calls same-site. */
const BOARD_HOST = 'board.site.localhost'
const SIBLING_HOST = 'evil.site.localhost'
const QUESTION = JSON.stringify({ Type: 'UserStatus', UserStatus: [{ user_id: ANNA }] })

const cleanUps = new CleanUps()
after(cleanUps.run)

let daemon: Daemon
let proxy: RecordingProxy
let site: WebSite
let browser: Chromium
/** Where the board is, with its own name. */
let origin: string
/** The board, where somebody is signed in. */
let board: Page

before(async () => {
  await buildServedBoard()
  const config = { plugins: 'spreed manual', board_password: 'the screen in the hall' }
  daemon = await startDaemon({ config })
  cleanUps.after(() => daemon.stop())
  await daemon.put([{ user_id: ANNA, spreed: { status: 'available', message: '' } }])
  proxy = await startRecordingProxy(cleanUps, daemon.url)
  origin = `http://${BOARD_HOST}:${proxy.port}`
  site = await startWebSite(cleanUps, { pages: new Map([['/', '<!doctype html><title>Elsewhere</title>']]) })
})

beforeEach(async (t) => {
  if (!('after' in t)) throw new Error('a hook without a test')
  browser = await startChromium(t)
  board = await browser.open(await boardLink(daemon, ANNA, `${origin}/board/`))
  await showsState(board, ANNA, 'Available')
})

/** Lets a page ask, with its cookies where the browser allows it; resolves to what was sent and answered. */
async function asks(page: Page, method: string, address: string, init: object = {}): Promise<Recorded> {
  const before = proxy.answered.length
  const options = JSON.stringify({ method, credentials: 'include', ...init })
  await page.evaluate(`fetch(${JSON.stringify(address)}, ${options}).then(() => {}, () => {})`)
  const path = new URL(address, page.url()).pathname
  const found = proxy.answered.slice(before).find((one) => one.method === method && one.path === path)
  assert.ok(found !== undefined, `${method} ${path} never came`)
  return found
}

const outcome = ({ cookie, status }: Recorded) => [status, cookie === undefined ? 'no cookie' : 'cookie']

test('the cookie counts on the board alone: neither v1 nor the old interface is even sent it', async () => {
  const [cookie] = await browser.context.cookies(`${origin}/board/`)
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Strict', '/board'])
  assert.equal(await board.evaluate('document.cookie'), '')
  assert.deepEqual(outcome(await asks(board, 'POST', 'token')), [200, 'cookie'])
  assert.deepEqual(outcome(await asks(board, 'GET', '../v1/sources')), [401, 'no cookie'])
  assert.deepEqual(outcome(await asks(board, 'DELETE', `../v1/users/${ANNA}/manual`)), [401, 'no cookie'])
  assert.deepEqual(outcome(await asks(board, 'POST', '../', { body: QUESTION })), [401, 'no cookie'])
})

test('even where it is sent by hand, v1 and the old interface do not take it', async () => {
  const [cookie] = await browser.context.cookies(`${origin}/board/`)
  const headers = { cookie: `${cookie?.name}=${cookie?.value}` }
  const own = { ...headers, 'sec-fetch-site': 'same-origin' }
  assert.equal((await fetch(`${daemon.url}/board/token`, { method: 'POST', headers: own })).status, 200)
  assert.equal((await fetch(`${daemon.url}/v1/sources`, { headers: own })).status, 401)
  assert.equal((await fetch(daemon.url, { method: 'POST', headers: own, body: QUESTION })).status, 401)
})

for (const [what, address] of [
  ['a sibling host name', () => site.origin.replace('127.0.0.1', SIBLING_HOST)],
  ['the same host name with another port', () => site.origin.replace('127.0.0.1', BOARD_HOST)],
] as const) {
  test(`${what} is sent the cookie by the browser, and can not use it`, async () => {
    const page = await browser.open(address())
    const simple = { mode: 'no-cors' }
    for (const name of ['token', 'sign-out']) {
      assert.deepEqual(outcome(await asks(page, 'POST', `${origin}/board/${name}`, simple)), [403, 'cookie'], name)
    }
    const forged = { ...simple, body: JSON.stringify({ token: daemon.token('mallory@example.test') }) }
    assert.equal((await asks(page, 'POST', `${origin}/board/session`, forged)).status, 403)
    assert.deepEqual(outcome(await asks(page, 'GET', `${origin}/v1/sources`, simple)), [401, 'no cookie'])
    assert.deepEqual(outcome(await asks(page, 'POST', `${origin}/`, { ...simple, body: QUESTION })), [401, 'no cookie'])
    await board.reload()
    await board.getByRole('button', { name: 'Set your own state: anna' }).waitFor()
  })
}

test('another site is not even sent the cookie', async () => {
  const page = await browser.open(site.origin)
  assert.deepEqual(outcome(await asks(page, 'POST', `${origin}/board/token`, { mode: 'no-cors' })), [403, 'no cookie'])
})

test('no page of another origin may show the board in a frame', async () => {
  const page = await browser.open(site.origin.replace('127.0.0.1', SIBLING_HOST))
  const blocked = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
  await page.setContent(`<iframe src="${origin}/board/"></iframe>`)
  await blocked
})

test('under another name the board needs a session of its own', async () => {
  const elsewhere = await browser.open(`http://${SIBLING_HOST}:${proxy.port}/board/`)
  await elsewhere.getByLabel('Password of this board').waitFor()
  const asked = proxy.answered.findLast(({ path }) => path === '/board/token')
  assert.deepEqual(asked && outcome(asked), [401, 'no cookie'])
})
