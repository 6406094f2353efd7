// The status board in a browser of the tests: built from the sources, opened as people do, and looked at.
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { buildBoard } from './built-board.ts'
import type { Chromium } from './chromium.ts'
import type { Daemon } from './daemon.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Builds it to where the daemon looks for it; the next one that starts serves it. */
export function buildServedBoard(): Promise<void> {
  return buildBoard(join(ROOT, 'dist/board'))
}

/** The address of a link that opens the board once, as `kopano-presence board-link` prints it. */
export async function boardLink(daemon: Daemon, user: string, address = `${daemon.url}/board/`): Promise<string> {
  const answer = await fetch(`${daemon.url}/board/link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.token(user)}` },
  })
  const { code } = (await answer.json()) as { code: string }
  return `${address}#code=${code}`
}

/** Opens the board as a user, and waits until it shows people. */
export async function openBoard(browser: Chromium, daemon: Daemon, user: string): Promise<Page> {
  const page = await browser.open(await boardLink(daemon, user))
  await page.getByRole('grid').waitFor()
  return page
}

export function rowOf(page: Page, id: string): Locator {
  return page.locator(`.person[data-key="${id}"]`)
}

/** Waits until the row of a person shows this word for their state. */
export async function showsState(page: Page, id: string, word: string): Promise<void> {
  await rowOf(page, id).locator('.state .word', { hasText: word }).waitFor()
}

/** The accounts that the list shows, from above. */
export async function accounts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll('.person')]
      .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
      .map((row) => row.querySelector('.account bdi').textContent)
  `)
}

/** How long a condition may take to hold, in milliseconds. */
const PATIENCE = 20_000

/** Waits until an expression is true in the page. (Playwright's own way needs a policy that lets text run as a script.) */
export async function holds(page: Page, expression: string): Promise<void> {
  const end = performance.now() + PATIENCE
  while ((await page.evaluate<boolean>(expression)) !== true) {
    if (performance.now() > end) throw new Error(`It never held: ${expression}`)
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => resolve()))')
  }
}
