// The browser of the tests itself: it notices what goes wrong in a page, and leaves nothing behind.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startChromium } from '../support/chromium.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebSite } from '../support/web-site.ts'

const PAGES = new Map([
  [
    '/good',
    '<!doctype html><title>Good</title><script>fetch("/good.js", { signal: AbortSignal.abort() }).catch(() => {})</script>',
  ],
  ['/good.js', ''],
  ['/logs', '<!doctype html><script>console.error("a mistake")</script>'],
  ['/throws', '<!doctype html><script>setTimeout(() => { throw new Error("nobody caught me") })</script>'],
  ['/missing', '<!doctype html><img src="/nothing.png">'],
  ['/strange', '<!doctype html><img src="http://elsewhere.example/pixel.png">'],
  [
    '/forbidden',
    '<!doctype html><meta http-equiv="Content-Security-Policy" content="style-src \'none\'"><style>a {}</style>',
  ],
])

test('what goes wrong in a page is noticed, and what does not is not', async (t) => {
  const site = await startWebSite(t, { pages: PAGES })
  const browser = await startChromium(t)
  const good = await browser.open(`${site.origin}/good`)
  assert.equal(await good.title(), 'Good')
  assert.deepEqual([browser.complaints, browser.asked({ besides: [site.origin] })], [[], []])
  const complaint = async (path: string, words: RegExp) => {
    const before = browser.complaints.length
    const page = await browser.open(site.origin + path)
    await page.waitForLoadState('networkidle')
    const found = browser.complaints.slice(before)
    assert.ok(
      found.some((one) => words.test(one)),
      `${path}: ${found.join('\n')}`,
    )
  }
  await complaint('/logs', /\/logs: a mistake/)
  await complaint('/throws', /\/throws: Error: nobody caught me/)
  await complaint('/missing', /404/)
  await complaint('/forbidden', /Content Security Policy/)
  await complaint('/strange', /GET http:\/\/elsewhere\.example\/pixel\.png: net::ERR_NAME_NOT_RESOLVED/)
  assert.deepEqual(browser.asked({ besides: [site.origin] }), ['http://elsewhere.example/pixel.png'])
})

test('after a test nothing of the browser is left, not even when the test fails', async (t) => {
  const folder = temporaryFolder(t)
  const usual = process.env.TMPDIR
  process.env.TMPDIR = folder
  t.after(() => {
    if (usual === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = usual
  })
  const cleanUps: Array<() => Promise<void>> = []
  await startChromium({ after: (cleanUp) => cleanUps.push(cleanUp) })
  assert.ok(processesNaming(folder).length > 0)
  for (const cleanUp of cleanUps) await cleanUp()
  assert.deepEqual([processesNaming(folder), readdirSync(folder)], [[], []])
})

/** Those on whose command line this text stands. */
function processesNaming(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}
