// Every way into the status board, as people take it in a browser; and what its cookie can't be used for.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildServedBoard, openBoard, showsState } from '../support/board.ts'
import { runToEnd } from '../support/children.ts'
import { startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { startWebSite, type WebSite } from '../support/web-site.ts'

const PASSWORD = 'the screen in the hall'
const ANNA = 'anna@example.test'
const ROOT = join(import.meta.dirname, '../..')
const MAIN = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'src/main.ts')]

const cleanUps = new CleanUps()
after(cleanUps.run)

let daemon: Daemon
/** An application whose users have tokens; named in server_allowed_origins. */
let host: WebSite
/** Named nowhere. */
let stranger: WebSite

before(async () => {
  await buildServedBoard()
  const form = () => `<!doctype html><title>An application</title>
    <form method="post" action="${daemon.url}/board/session">
    <input type="hidden" name="token" value="${daemon.token(ANNA)}"><button>Who is there?</button></form>`
  const pages = new Map([['/', form]])
  host = await startWebSite(cleanUps, { pages })
  stranger = await startWebSite(cleanUps, { pages })
  const config = { plugins: 'spreed manual', server_allowed_origins: host.origin, board_password: PASSWORD }
  daemon = await startDaemon({ config })
  cleanUps.after(() => daemon.stop())
  await daemon.put([{ user_id: ANNA, spreed: { status: 'available', message: 'here' } }])
})

test('a link of board-link opens the board as its user, once, and leaves its code in no history', async (t) => {
  const options = ['-C', daemon.configFile, '--url', daemon.url]
  const [link = ''] = (await runToEnd(process.execPath, [...MAIN, 'board-link', ANNA, ...options])).split('\n')
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/board\/#code=[\w-]+$/)
  const browser = await startChromium(t)
  const page = await browser.open(link)
  await showsState(page, ANNA, 'Available')
  await page.getByRole('button', { name: 'Set your own state: anna' }).waitFor()
  assert.equal(page.url(), `${daemon.url}/board/`)
  await page.goto('about:blank')
  await page.goBack()
  await showsState(page, ANNA, 'Available')
  assert.equal(page.url(), `${daemon.url}/board/`)
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [daemon.url] }), [])

  const other = await startChromium(t)
  const late = await other.open(link)
  await late.getByRole('alert').getByText('The link was used already').waitFor()
  assert.equal(late.url(), `${daemon.url}/board/`)
})

test('a link also opens the board in the tab that has just told how to come by one', async (t) => {
  const options = ['-C', daemon.configFile, '--url', daemon.url]
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/board/`)
  await page.getByRole('heading', { name: 'Other ways in' }).waitFor()
  const [link = ''] = (await runToEnd(process.execPath, [...MAIN, 'board-link', ANNA, ...options])).split('\n')
  await page.goto(link)
  await page.getByRole('button', { name: 'Set your own state: anna' }).waitFor()
  assert.equal(page.url(), `${daemon.url}/board/`)
})

test('a link that meets a daemon that is away is tried again', async (t) => {
  const options = ['-C', daemon.configFile, '--url', daemon.url]
  const [link = ''] = (await runToEnd(process.execPath, [...MAIN, 'board-link', ANNA, ...options])).split('\n')
  const browser = await startChromium(t)
  const page = await browser.open('about:blank')
  await page.route('**/board/session', (route) => route.abort('connectionrefused'), { times: 1 })
  await page.goto(link)
  await page.getByRole('alert').getByText('Trying again by itself').waitFor()
  await page.getByRole('button', { name: 'Set your own state: anna' }).waitFor()
})

test('the form of a host application signs its user in; that of a stranger does not', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(host.origin)
  await page.getByRole('button', { name: 'Who is there?' }).click()
  await page.getByRole('button', { name: 'Set your own state: anna' }).waitFor()
  assert.equal(page.url(), `${daemon.url}/board/`)
  assert.deepEqual(browser.complaints, [])

  const other = await startChromium(t)
  const elsewhere = await other.open(stranger.origin)
  await elsewhere.getByRole('button', { name: 'Who is there?' }).click()
  await elsewhere.getByText('may not sign anybody in').waitFor()
  await elsewhere.goto(`${daemon.url}/board/`)
  await elsewhere.getByRole('heading', { name: 'Other ways in' }).waitFor()
})

test('the password opens the board for reading only, after a wrong one too; signing out asks for it again', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/board/`)
  const field = page.getByLabel('Password of this board')
  await field.fill('a guess')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('The password is wrong.').waitFor()
  await field.fill(PASSWORD)
  await page.keyboard.press('Enter')
  await showsState(page, ANNA, 'Available')
  await page.getByRole('button', { name: 'sources are fine' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Set your own state' }).count(), 0)
  await page.reload()
  await showsState(page, ANNA, 'Available')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await field.waitFor()
  await page.reload()
  await field.waitFor()
})

test('without any way in the page says what to set', async (t) => {
  const closed = await startDaemon({ config: { plugins: 'spreed' } })
  t.after(() => closed.stop())
  const browser = await startChromium(t)
  const page = await browser.open(`${closed.url}/board/`)
  await page.getByRole('heading', { name: 'How to sign in' }).waitFor()
  const text = (await page.getByRole('main').textContent()) ?? ''
  assert.match(text, /kopano-presence board-link you@example\.com/)
  assert.match(text, /board_password in presence\.cfg/)
  assert.match(text, /web application/)
  assert.equal(await page.getByLabel('Password of this board').count(), 0)
})

test('a session that ends while the board is open leads back to the sign-in', async (t) => {
  const browser = await startChromium(t)
  const page = await openBoard(browser, daemon, ANNA)
  const other = await browser.open(`${daemon.url}/board/`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.getByLabel('Password of this board').waitFor()
  await page.reload()
  await page.getByLabel('Password of this board').waitFor()
})
