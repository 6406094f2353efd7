// How the status board lays itself out: 5,000 people, a phone, the wall, other colours, and the names that screen readers tell.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { boardLink, buildServedBoard, holds, openBoard, rowOf } from '../support/board.ts'
import { type Chromium, startChromium } from '../support/chromium.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

const PEOPLE = 5000
const YOU = 'you@a.example'

const cleanUps = new CleanUps()
after(cleanUps.run)

let daemon: Daemon
let browser: Chromium

const idOf = (index: number) => `person${index}@${index % 2 === 0 ? 'a' : 'b'}.example`

before(async () => {
  await buildServedBoard()
  daemon = await startDaemon({ config: { plugins: 'spreed manual', spreed_auto_unavailable: 60 } })
  cleanUps.after(() => daemon.stop())
  const states = ['available', 'busy', 'away', 'unavailable']
  const entries = Array.from({ length: PEOPLE - 1 }, (_, index) => {
    return {
      user_id: idOf(index),
      spreed: { status: states[index % 4], message: index % 4 === 1 ? 'In a meeting' : '' },
    }
  })
  await daemon.put([...entries, { user_id: YOU, spreed: { status: 'available', message: '' } }])
  browser = await startChromium(cleanUps)
})

/** How much wider than the window the page is, in pixels. */
const overflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')

test('of 5,000 people only those in sight are in the page, at every place of the list', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await page.getByText('5,000 people', { exact: true }).waitFor()
  const grid = page.getByRole('grid', { name: 'People' })
  // Two headings, and that of the columns.
  assert.equal(await grid.getAttribute('aria-rowcount'), String(PEOPLE + 3))
  const drawn = () => page.locator('.person').count()
  assert.ok((await drawn()) < 60, `${await drawn()} rows`)
  await rowOf(page, idOf(0)).click()
  await page.keyboard.press('Escape')
  await page.keyboard.press('End')
  await holds(page, `document.activeElement.getAttribute('data-key') === 'person4997@b.example'`)
  assert.ok((await drawn()) < 60, `${await drawn()} rows`)
  assert.equal(await rowOf(page, 'person4997@b.example').getAttribute('aria-rowindex'), String(PEOPLE + 3))
  await page.getByRole('searchbox').fill('person4242')
  await rowOf(page, 'person4242@a.example').waitFor()
  await page.close()
})

test('the row with the focus keeps it while it and others change their places', async () => {
  const page = await openBoard(browser, daemon, YOU)
  // As in browsers that can't move an element without taking the focus from it.
  await page.addInitScript('delete Element.prototype.moveBefore')
  await page.reload()
  await page.getByLabel('Sort').selectOption('Latest change')
  await page.getByRole('searchbox').fill('person100')
  const id = idOf(1008)
  await rowOf(page, id).waitFor()
  await rowOf(page, id).focus()
  const steps = [
    ['away', 1000],
    ['busy', 1004],
    ['away', 1008],
    ['unavailable', 1002],
  ] as const
  for (const [status, index] of steps) {
    await daemon.put([{ user_id: idOf(index), spreed: { status, message: status } }])
    await rowOf(page, idOf(index)).locator('.message', { hasText: status }).waitFor()
    // The latest change stands first.
    await holds(page, `document.querySelector('[data-key="${idOf(index)}"]').ariaRowIndex === '3'`)
    assert.equal(await page.evaluate('document.activeElement.getAttribute("data-key")'), id)
  }
  await page.close()
})

test('a phone has the whole board, in its width', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.locator('.person').first().waitFor()
  assert.equal(await overflow(page), 0)
  const edges = await page.evaluate<number[]>(`[...document.querySelectorAll('.person .since, .stat, .search')]
    .map((element) => element.getBoundingClientRect().right)`)
  assert.ok(Math.max(...edges) <= 390, `${Math.max(...edges)}`)
  await page.locator('.person').nth(2).click()
  const sheet = page.getByRole('dialog')
  assert.equal(Math.round((await sheet.boundingBox())?.width ?? 0), 390)
  await page.close()
})

test('the wall fills the screen, without anything to operate, and never scrolls', async () => {
  const page = await browser.context.newPage()
  await page.setViewportSize({ width: 1920, height: 1080 })
  await page.goto(await boardLink(daemon, YOU, `${daemon.url}/board/?wall&q=person10`))
  await page.locator('.tile').first().waitFor()
  assert.equal(await page.evaluate('document.scrollingElement.scrollHeight - innerHeight'), 0)
  assert.equal(await overflow(page), 0)
  assert.equal(await page.getByRole('button').count(), 0)
  await page.getByText(/^Not shown: [\d,]+ people unavailable$/).waitFor()
  assert.equal(await page.locator('.tile[data-status="unavailable"]').count(), 0)
  const size = await page.evaluate<number>(
    `parseFloat(getComputedStyle(document.querySelector('.tile .account')).fontSize)`,
  )
  assert.ok(size >= 28, `names are ${size} px high`)
  assert.equal(await page.evaluate('getComputedStyle(document.body).colorScheme'), 'dark')
  await page.close()
})

test('the colours follow the reader, and everything is told from its ground in forced colours', async () => {
  const page = await openBoard(browser, daemon, YOU)
  const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await ground()
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.notEqual(await ground(), light)
  await page.emulateMedia({ forcedColors: 'active' })
  const fill = await page.evaluate<string>(`getComputedStyle(document.querySelector('.mark .solid')).fill`)
  assert.notEqual(fill, await ground())
  await page.close()
})

test('a screen reader is told everything that the eyes see', async () => {
  const page = await openBoard(browser, daemon, YOU)
  await page.getByText('5,000 people', { exact: true }).waitFor()
  await page.getByRole('searchbox').fill('person1@')
  const row = page.getByRole('row', {
    name: /person1 at b\.example In a meeting spreed: busy, this counts\. Busy/,
  })
  await row.waitFor()
  assert.equal(await page.getByRole('heading', { level: 1, name: 'Presence' }).count(), 1)
  assert.equal(await page.getByRole('heading', { level: 2, name: 'b.example' }).count(), 1)
  await page.getByRole('region', { name: '5,000 people, by state' }).waitFor()
  const unnamed = await page.evaluate<number>(`[...document.querySelectorAll('button, input, select')]
    .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length)).length`)
  assert.equal(unnamed, 0)
  await page.close()
})

test('nothing went wrong in any page', () => {
  assert.deepEqual(browser.complaints, [])
})
