// Debian's Chromium, as long as a test lasts: opens pages and notes whatever goes wrong in them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const PROGRAM = '/usr/bin/chromium'
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // Whatever asks for another machine finds none, so that no test depends on the internet without anybody noticing.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost',
]
/** For a page to load, an element to appear, a condition to hold; in milliseconds. */
const PATIENCE = 20_000

export interface Chromium {
  /** The browser of one person: its pages are tabs, which share locks, channels and storage. */
  readonly context: BrowserContext
  /** A new tab; resolves when it has loaded. */
  open(url: string): Promise<Page>
  /**
   * What went wrong in any tab so far: errors on the console (violations of a Content-Security-Policy are some), exceptions that
   * nobody caught, requests that failed. A request that the page itself called off did not fail.
   */
  readonly complaints: readonly string[]
  /** The addresses that were asked for so far, beside those of these origins. */
  asked(options: { readonly besides: readonly string[] }): readonly string[]
}

/** Starts it with a profile of its own. It ends after the test: pass the test's context, or CleanUps for all tests of a file. */
export async function startChromium(t: { after(cleanUp: () => Promise<void>): void }): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'presence-chromium-'))
  let context: BrowserContext | undefined
  t.after(async () => {
    await context?.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  context = await chromium.launchPersistentContext(profile, { executablePath: PROGRAM, args: ARGUMENTS })
  context.setDefaultTimeout(PATIENCE)
  const complaints: string[] = []
  const urls: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.page()?.url()}: ${message.text()}`)
  })
  context.on('weberror', (error) => complaints.push(`${error.page()?.url()}: ${error.error().stack}`))
  context.on('request', (request) => urls.push(request.url()))
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.method()} ${request.url()}: ${reason}`)
  })
  const browser = context
  return {
    context: browser,
    complaints,
    async open(url) {
      const page = await browser.newPage()
      await page.goto(url)
      return page
    },
    asked({ besides }) {
      return urls.filter((url) => !besides.includes(new URL(url).origin))
    },
  }
}
