// The status board as somebody uses it all day: changes on a real XMPP server, search, own state, keys, a daemon that goes and comes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { accounts, boardLink, buildServedBoard, holds, openBoard, rowOf, showsState } from '../support/board.ts'
import { type Chromium, startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { startNginx } from '../support/nginx.ts'
import { startProsody } from '../support/prosody.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { online, xmppConfig } from '../support/xmpp-suite.ts'
import type { XmppUser } from '../support/xmpp-user.ts'

const ANNA = 'anna@example.test'
const YOU = 'you@example.test'
/** Ids and messages that mean harm. */
const HOSTILE = '<img src=x onerror=alert(1)>@example.test'

const cleanUps = new CleanUps()
after(cleanUps.run)

let prosody: XmppServer
let daemon: Daemon
let browser: Chromium
let anna: XmppUser

before(async () => {
  await buildServedBoard()
  prosody = await startProsody({ users: ['anna', 'ben', 'you'] })
  cleanUps.after(() => prosody.stop())
  const config = xmppConfig(prosody, prosody.port, { plugins: 'xmpp spreed manual', server_port: await freePort() })
  daemon = await startDaemon({ config })
  cleanUps.after(() => daemon.stop())
  await daemon.sourceIs('settled')
  anna = await online(prosody, 'anna', { status: 'Guten Morgen' })
  cleanUps.after(() => anna.kill())
  const you = await online(prosody, 'you')
  cleanUps.after(() => you.kill())
  await daemon.put([
    { user_id: HOSTILE, spreed: { status: 'busy', message: '<script>alert(1)</script> \u202etxt\u0007' } },
  ])
  await daemon.documentWhen(ANNA, ({ status }) => status === 'available')
  await daemon.documentWhen(YOU, ({ status }) => status === 'available')
  browser = await startChromium(cleanUps)
})

test('a change on the XMPP server is on the board within a second, in words, colour and counts', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await showsState(page, ANNA, 'Available')
  await rowOf(page, ANNA).getByText('Guten Morgen').waitFor()
  const busy = page.getByRole('button', { name: /Busy$/ })
  assert.match((await busy.textContent()) ?? '', /^1 Busy/)
  const began = performance.now()
  anna.presence({ show: 'dnd', status: 'Im Gespräch' })
  await showsState(page, ANNA, 'Busy')
  const took = performance.now() - began
  assert.ok(took < 1000, `it took ${took} ms`)
  await rowOf(page, ANNA).getByText('Im Gespräch').waitFor()
  assert.equal(await rowOf(page, ANNA).getAttribute('data-status'), 'busy')
  assert.match((await busy.textContent()) ?? '', /^2 Busy/)
  assert.match((await rowOf(page, ANNA).locator('.chip').textContent()) ?? '', /xmpp: busy, this counts/)
  await page.close()
})

test('search finds people by id and message without accents; the view stays in the address; Escape shows everybody', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await page.keyboard.press('/')
  await page.keyboard.type('gesprach')
  await page.getByText('1 of 4 people').waitFor()
  assert.deepEqual(await accounts(page), ['anna'])
  await page.getByRole('status').getByText('1 person found').waitFor()
  assert.equal(new URL(page.url()).search, '?q=gesprach')
  await page.reload()
  await page.getByText('1 of 4 people').waitFor()
  await page.getByRole('searchbox').press('Escape')
  await page.getByText('4 people', { exact: true }).waitFor()
  await page.getByRole('button', { name: /Unavailable$/ }).click()
  await page.getByText('1 of 4 people').waitFor()
  assert.deepEqual(await accounts(page), ['ben'])
  await page.getByRole('button', { name: 'Show everybody' }).click()
  await page.getByRole('button', { name: 'spreed', exact: true }).click()
  await page.getByText('1 of 4 people').waitFor()
  assert.deepEqual(new URL(page.url()).search, '?source=spreed')
  await page.getByRole('button', { name: 'spreed', exact: true }).click()
  await page.getByLabel('Sort').selectOption('State')
  assert.deepEqual((await accounts(page))[0], 'you')
  await page.close()
})

/** Where each letter of a text begins, from the left, in the row of a person. */
function places(page: Page, person: string, selector: string, text: string): Promise<readonly number[]> {
  return page.evaluate<readonly number[]>(`(() => {
    const row = [...document.querySelectorAll('.person')].find((one) => one.textContent.includes(${JSON.stringify(person)}))
    const walker = document.createTreeWalker(row.querySelector(${JSON.stringify(selector)}), NodeFilter.SHOW_TEXT)
    const text = ${JSON.stringify(text)}
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const start = node.textContent.indexOf(text)
      if (start < 0) continue
      return [...text].map((_, index) => {
        const range = document.createRange()
        range.setStart(node, start + index)
        range.setEnd(node, start + index + 1)
        return range.getBoundingClientRect().left
      })
    }
    return []
  })()`)
}

test('what people write acts on nothing and turns nothing around', async () => {
  const page = await openBoard(browser, daemon, YOU)
  const row = page.locator('.person', { hasText: '<img src=x onerror=alert(1)>' })
  await row.getByText('<script>alert(1)</script> \ufffdtxt\ufffd', { exact: true }).waitFor()
  // Letters and words stand where they are read: the message from left to right, and the status after it.
  const message = await places(page, '<img src=x', '.message', 'txt')
  const word = await places(page, '<img src=x', '.word', 'Busy')
  const all = [...message, ...word]
  assert.deepEqual([message.length, word.length], [3, 4])
  assert.deepEqual(
    all,
    all.toSorted((one, other) => one - other),
  )
  await row.click()
  const sheet = page.getByRole('dialog')
  assert.match((await sheet.textContent()) ?? '', /<img src=x onerror=alert\(1\)>@example\.test/)
  assert.equal(await page.locator('img, script:not([src])').count(), 0)
  await page.close()
})

test('the keyboard alone leads through the list, into the details and back', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await rowOf(page, ANNA).waitFor()
  const focused = () => page.evaluate<string | null>('document.activeElement.getAttribute("data-key")')
  for (let presses = 0; (await focused()) === null; presses += 1) {
    assert.ok(presses < 30, 'Tab never reaches the list')
    await page.keyboard.press('Tab')
  }
  const order = await page.evaluate<string[]>(`[...document.querySelectorAll('.person')]
    .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.dataset.key)`)
  assert.equal(await focused(), order[0])
  const press = async (key: string, leadsTo: string | undefined) => {
    await page.keyboard.press(key)
    await holds(page, `document.activeElement.getAttribute('data-key') === ${JSON.stringify(leadsTo)}`)
  }
  await press('End', order.at(-1))
  await press('Home', order[0])
  await press('ArrowDown', order[1])
  await press('ArrowDown', order[2])
  await press('ArrowUp', order[1])
  await page.keyboard.press('Enter')
  const sheet = page.getByRole('dialog', { name: order[1] ?? '' })
  await sheet.getByRole('heading', { name: 'What each source says' }).waitFor()
  for (const word of ['since', 'updated']) await sheet.getByText(word, { exact: true }).first().waitFor()
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  assert.equal(await focused(), order[1])
  await page.close()
})

test('an own state is set with an end, seen by everybody, and cleared', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await page.getByRole('button', { name: 'Set your own state: you' }).click()
  const sheet = page.getByRole('dialog', { name: 'Your own state' })
  await sheet.getByText('Busy').click()
  await sheet.getByLabel('Message').fill('writing')
  await sheet.getByText('30 min').click()
  await sheet.getByRole('button', { name: 'Set state' }).click()
  await sheet.getByText('Saved. Everybody sees it now.').waitFor()
  await sheet.getByText('until').waitFor()
  const { source, message, sources } = await daemon.document(YOU)
  assert.deepEqual([source, message], ['manual', 'writing'])
  const { expires = '' } = sources.manual as { expires?: string }
  const minutes = (Date.parse(expires) - Date.now()) / 60_000
  assert.ok(minutes > 29 && minutes <= 30, `it ends in ${minutes} minutes`)
  await page.keyboard.press('Escape')
  await showsState(page, YOU, 'Busy')
  await rowOf(page, YOU).getByText('writing').waitFor()
  await page.getByRole('button', { name: 'Set your own state: you' }).click()
  await sheet.getByRole('button', { name: 'Clear' }).click()
  await sheet.getByText('Cleared.').waitFor()
  await page.keyboard.press('Escape')
  await showsState(page, YOU, 'Available')
  assert.equal((await daemon.document(YOU)).sources.manual, undefined)
  await page.close()
})

test('a lost source marks what it said as old, on its people and in the health of the sources', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await showsState(page, ANNA, 'Busy')
  await prosody.kill()
  await rowOf(page, ANNA).locator('.doubt', { hasText: 'may be old' }).waitFor()
  assert.equal(await rowOf(page, ANNA).locator('.chip').getAttribute('data-stale'), 'true')
  await page.getByRole('button', { name: 'Sources: xmpp: ' }).click()
  await page.getByRole('dialog', { name: 'Sources' }).getByText('not connected').waitFor()
  await page.keyboard.press('Escape')
  await prosody.start()
  await daemon.sourceIs('settled')
  anna = await online(prosody, 'anna', { show: 'away' })
  await showsState(page, ANNA, 'Away')
  await rowOf(page, ANNA).locator('.doubt', { hasText: 'may be old' }).waitFor({ state: 'detached' })
  await page.close()
})

test('a daemon that dies is marked at once, and the board goes on by itself when it is back, on the same session', async () => {
  const complaints = browser.complaints.length
  const page = await openBoard(browser, daemon, YOU)
  await showsState(page, ANNA, 'Away')
  const bar = page.getByText('Connection lost since')
  await daemon.end('SIGKILL')
  await bar.waitFor()
  await page.getByText('as of').first().waitFor()
  await page.getByRole('status').getByText('The connection is lost.').waitFor({ state: 'attached' })
  // What was known stays in sight.
  await showsState(page, ANNA, 'Away')
  await daemon.start()
  await bar.waitFor({ state: 'detached' })
  anna.presence({ show: 'dnd' })
  await showsState(page, ANNA, 'Busy')
  const others = browser.complaints
    .slice(complaints)
    .filter(
      (one) => !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)|503/.test(one),
    )
  assert.deepEqual(others, [])
  await page.close()
})

test('behind location /presence/ of nginx everything works the same', async (t) => {
  const nginx = await startNginx(t, daemon.url)
  const page = await browser.open(await boardLink(daemon, YOU, `${nginx.url}/presence/board/`))
  await showsState(page, ANNA, 'Busy')
  assert.equal(page.url(), `${nginx.url}/presence/board/`)
  const began = performance.now()
  anna.presence({ status: 'back' })
  await showsState(page, ANNA, 'Available')
  const took = performance.now() - began
  assert.ok(took < 1000, `it took ${took} ms`)
  await page.getByRole('button', { name: 'Set your own state: you' }).click()
  await page.getByRole('button', { name: 'Set state' }).click()
  await page.getByText('Saved. Everybody sees it now.').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByText('Cleared.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'How to sign in' }).waitFor()
  await page.close()
})

test('nothing was asked of any other machine', () => {
  const own = (url: string) => new URL(url).hostname === '127.0.0.1'
  assert.deepEqual(
    browser.asked({ besides: [daemon.url] }).filter((url) => !own(url)),
    [],
  )
})
