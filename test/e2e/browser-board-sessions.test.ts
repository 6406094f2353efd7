// Sessions of the status board in a real browser, behind a real nginx: by a link, by a host application, and by nobody else's page.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page, Response } from 'playwright-core'
import { linkCode } from '../support/board-visits.ts'
import { buildBoard } from '../support/built-board.ts'
import { startChromium } from '../support/chromium.ts'
import { type Site, startSite } from '../support/http-site.ts'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { startWebSite } from '../support/web-site.ts'

const ADA = 'ada@example.test'
const folder = mkdtempSync(join(tmpdir(), 'presence-board-'))

before(() => buildBoard(folder))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Started {
  readonly site: Site
  readonly nginx: Nginx
  /** The public address of the board. */
  readonly board: string
}

async function started(t: Parameters<typeof startSite>[0]): Promise<Started> {
  const site = await startSite(t, { boardFolder: folder, boardPassword: 'wall' })
  const nginx = await startNginx(t, site.url)
  return { site, nginx, board: `${nginx.url}/presence/board/` }
}

/** What the server answers to what a page does. */
async function answerTo(page: Page, path: string, act: string): Promise<Response> {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith(path)),
    page.evaluate(act),
  ])
  return answer
}

test('a link opens the board once and leaves no code in the address; the session holds, for that folder alone', async (t) => {
  const { site, nginx, board } = await started(t)
  await site.service.publish([
    { userId: 'bob@example.test', source: 'spreed', status: 'busy', message: 'behind nginx' },
  ])
  const browser = await startChromium(t)
  const page = await browser.open(`${board}#code=${await linkCode(site, ADA)}`)
  await page.getByText('behind nginx').first().waitFor()
  assert.equal(page.url(), board)
  const [cookie, ...others] = await browser.context.cookies()
  assert.deepEqual(others, [])
  const { name, path, httpOnly, sameSite, secure } = cookie ?? {}
  assert.deepEqual(
    { name, path, httpOnly, sameSite, secure },
    { name: 'kopano-presence-board', path: '/presence/board', httpOnly: true, sameSite: 'Strict', secure: false },
  )
  assert.equal(await page.evaluate('document.cookie'), '')
  await page.reload()
  await page.getByText('behind nginx').first().waitFor()
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [nginx.url] }), [])
})

test('a page of a second origin, or of a sibling, gets nothing for the cookie', async (t) => {
  const { site, board } = await started(t)
  const browser = await startChromium(t)
  await (await browser.open(`${board}#code=${await linkCode(site, ADA)}`)).getByText('Sign out').first().waitFor()
  const evil = await startWebSite(t, { pages: new Map([['/', '<!doctype html><title>Elsewhere</title>']]) })
  // Another port of the same host is the same site, as a sibling host name is: the browser sends the cookie along.
  const sibling = await browser.open(`${evil.origin}/`)
  const stranger = await browser.open(`${evil.origin.replace('127.0.0.1', 'localhost')}/`)
  for (const page of [sibling, stranger]) {
    for (const path of ['token', 'sign-out', 'session']) {
      const act = `void fetch('${board}${path}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"password":"wall"}' })`
      const answer = await answerTo(page, path, act)
      assert.equal(answer.status(), 403, `${page.url()} ${path}`)
    }
  }
  const read = `fetch('${board}token', { method: 'POST', credentials: 'include' }).then(() => 'read', () => 'kept')`
  assert.equal(await sibling.evaluate(read), 'kept')
  assert.equal((await browser.context.cookies()).length, 1)
})

test('a host application signs its user in with a form, and no other page can', async (t) => {
  const { site, board } = await started(t)
  const browser = await startChromium(t)
  const form = `<form method="post" action="${board}session"><input name="token" value="${site.token(ADA)}"></form>`
  const app = await startWebSite(t, { pages: new Map([['/', `<!doctype html><title>App</title>${form}`]]) })
  // Only when it has answered: a page that goes away answers no more.
  const submit = `void setTimeout(() => document.querySelector('form').submit())`
  const refused = await browser.open(app.origin)
  assert.equal((await answerTo(refused, '/session', submit)).status(), 403)
  assert.deepEqual(await browser.context.cookies(), [])
  site.server.configure({ allowedOrigins: [app.origin] })
  const page = await browser.open(app.origin)
  await Promise.all([page.waitForURL(board), page.evaluate(submit)])
  await page.getByText('Sign out').first().waitFor()
})
