// Takes the pictures of the status board, of people who do not exist: `node --import tsx test/support/board-screenshots.ts [FOLDER]`.
// Without a folder it writes the two of the README.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { PresenceDocument, SectionDocument, SourceDocument, Status } from '../../src/client/index.ts'
import { buildBoard } from './built-board.ts'

const IMAGES = join(import.meta.dirname, '../../docs/images')
const YOU = 'anna.weber@kopano.example'
const NOW = Date.now()
const MINUTE = 60_000
const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
])

const ago = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString()

/** `a b c`: available, busy, away or unavailable by their first letter (`v` for available), each with its source. */
const STATES: Readonly<Record<string, Status>> = { v: 'available', b: 'busy', a: 'away', u: 'unavailable' }

/** Name, domain, minutes, message, what each source says (the first one counts; `~` marks one that has lost its connection). */
const PEOPLE: ReadonlyArray<readonly [string, string, number, string, string]> = [
  ['anna.weber', 'kopano.example', 42, 'writing the release notes', 'manual:b xmpp:v spreed:v'],
  ['ben.okafor', 'kopano.example', 3, 'on a call', 'asterisk:b xmpp:v'],
  ['clara.visser', 'kopano.example', 71, '', 'xmpp:v asterisk:v spreed:u'],
  ['david.yamada', 'kopano.example', 15, 'lunch', 'xmpp:a asterisk:v'],
  ['emma.dubois', 'kopano.example', 8, 'Ask me about the new phones', 'spreed:v xmpp:a'],
  ['felix.rossi', 'kopano.example', 1500, 'on holiday until Monday', 'xmpp:u asterisk:u'],
  ['greta.larsen', 'kopano.example', 26, '', 'irc:v xmpp:v'],
  ['hannah.costa', 'kopano.example', 190, 'In a meeting until 3', 'xmpp:b'],
  ['ida.silva', 'kopano.example', 980, '', 'xmpp:u spreed:u'],
  ['jonas.meyer', 'kopano.example', 55, 'feeling chatty..', 'spreed:v xmpp:v irc:v'],
  ['karla.novak', 'kopano.example', 12, '', 'xmpp:v'],
  ['leo.jansen', 'kopano.example', 4100, '', 'xmpp:u'],
  ['mia.schmidt', 'lab.example', 6, 'measuring, please knock', 'xmpp:b asterisk:u'],
  ['noah.bakker', 'lab.example', 33, '', 'xmpp:v spreed:v'],
  ['olivia.chen', 'lab.example', 95, 'back at two', 'irc~:a xmpp:a'],
  ['paul.kowalski', 'lab.example', 18, '', 'xmpp:v'],
  ['quentin.moreau', 'lab.example', 240, '', 'irc~:v'],
  ['rosa.lindgren', 'lab.example', 720, '', 'xmpp:u'],
  ['samir.haddad', 'partner.example', 9, 'Support line', 'asterisk:b xmpp:v'],
  ['tara.osullivan', 'partner.example', 64, '', 'xmpp:v asterisk:v'],
  ['ulrich.brandt', 'partner.example', 27, 'school run', 'xmpp:a'],
  ['vera.petrova', 'partner.example', 2900, '', 'xmpp:u'],
]

const SOURCES: readonly SourceDocument[] = [
  ['xmpp', 'settled', 22, 'connected to chat.kopano.example:5222'],
  ['spreed', 'ready', 8, ''],
  ['manual', 'ready', 1, ''],
  ['asterisk', 'settled', 9, 'connected to pbx.kopano.example:5038'],
  ['irc', 'lost', 4, 'not connected: irc.lab.example:6697 does not answer'],
].map(([name, state, users, detail]) => {
  return { name, kind: 'collector', state, since: ago(60), users, detail } as SourceDocument
})

function documentOf([name, domain, minutes, message, said]: (typeof PEOPLE)[number]): PresenceDocument {
  const since = ago(minutes)
  const sections = said.split(' ').map((part, index): [string, SectionDocument] => {
    const [source = '', state = ''] = part.split(':')
    const status = STATES[state] ?? 'unavailable'
    const stale = source.endsWith('~') ? { stale: true } : {}
    return [source.replace('~', ''), { status, message: index === 0 ? message : '', since, updated: since, ...stale }]
  })
  const [[source, { status, stale = false }] = ['', { status: 'unavailable' as const }]] = sections
  const sources = Object.fromEntries(sections)
  return { user_id: `${name}@${domain}`, status, message, source, since, stale, pending: [], sources }
}

function answer(
  path: string,
  folder: string,
): { readonly type: string; readonly body: string | Buffer; readonly open?: true } {
  const json = (value: unknown) => ({ type: 'application/json', body: JSON.stringify(value) })
  if (path === '/board/token') return json({ token: '1:x:y', user_id: YOU, read_only: false, expires_in: 300 })
  if (path === '/v1/sources') return json({ node: 'presence-1', sources: SOURCES })
  if (path === '/v1/watch') {
    const events = PEOPLE.map((person) => `event: presence\ndata: ${JSON.stringify(documentOf(person))}\n\n`)
    return {
      type: 'text/event-stream',
      body: `${events.join('')}event: ready\ndata: {"complete":true}\n\n`,
      open: true,
    }
  }
  const file = join(folder, path === '/board/' ? 'index.html' : path.slice('/board/'.length))
  return { type: TYPES.get(extname(file)) ?? '', body: readFileSync(file) }
}

interface Picture {
  readonly name: string
  readonly context: BrowserContextOptions
  readonly query?: string
  readonly act?: (page: Page) => Promise<void>
}

const WIDE = { width: 1240, height: 830 }
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
const click = (selector: string) => async (page: Page) => {
  await page.click(selector)
  await page
    .locator('dialog')
    .evaluate('(dialog) => Promise.all(dialog.getAnimations().map(({ finished }) => finished))')
}

const README_PICTURES: readonly Picture[] = [
  { name: 'board', context: { viewport: WIDE } },
  { name: 'wall', context: { viewport: { width: 1600, height: 900 } }, query: '?wall' },
]

const OTHER_PICTURES: readonly Picture[] = [
  { name: 'dark', context: { viewport: WIDE, colorScheme: 'dark' } },
  { name: 'phone', context: PHONE },
  { name: 'phone-dark', context: { ...PHONE, colorScheme: 'dark' } },
  { name: 'wall-light', context: { viewport: { width: 1600, height: 900 } }, query: '?wall=light' },
  { name: 'forced-colors', context: { viewport: WIDE, forcedColors: 'active' } },
  { name: 'details', context: { viewport: WIDE }, act: click('.person >> nth=1') },
  { name: 'own-state', context: { viewport: WIDE }, act: click('.own') },
  { name: 'own-state-phone', context: PHONE, act: click('.own') },
  { name: 'sources', context: { viewport: WIDE, colorScheme: 'dark' }, act: click('.health') },
]

const built = mkdtempSync(join(tmpdir(), 'presence-board-'))
await buildBoard(built)
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://board')
  const { type, body, open } = answer(pathname, built)
  response.writeHead(200, { 'content-type': type }).write(body)
  if (open === undefined) response.end()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const port = address === null || typeof address === 'string' ? 0 : address.port
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const folder = process.argv[2]
const pictures = folder === undefined ? README_PICTURES : [...README_PICTURES, ...OTHER_PICTURES]
for (const { name, context: options, query = '', act } of pictures) {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${port}/board/${query}`)
  await page.locator('.person, .tile').first().waitFor()
  await page.evaluate(`Promise.all(document.getAnimations().map(({ finished }) => finished))`)
  await act?.(page)
  await page.screenshot({ path: join(folder ?? IMAGES, `${name}.png`) })
  await context.close()
}
await browser.close()
server.closeAllConnections()
server.close()
rmSync(built, { recursive: true })
