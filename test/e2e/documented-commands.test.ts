// Every command of the documentation, typed as it stands there, beside a running daemon; but for blocks that say why not.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runToEnd } from '../support/children.ts'
import { CleanUps } from '../support/clean-ups.ts'
import { startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { blocksOf, commandsOf, pagePaths, ROOT, readPage } from '../support/pages.ts'
import { Typist } from '../support/typist.ts'

/** What is to be seen, by page, beside that no command fails. */
const SEEN: ReadonlyMap<string, readonly RegExp[]> = new Map([
  [
    'docs/http-api.md',
    [
      /"user_id":"markd@kopano\.com","spreed":\{"status":"available","message":"feeling chatty\.\."\}/,
      /"status":"busy","message":"writing","source":"manual"/,
      /event: ready/,
      /HTTP\/1\.1 303 .*set-cookie: kopano-presence-board=.*location: \.\//is,
      /\{"user_id":"markd@kopano\.com","read_only":false\}/,
      /\{"code":"[\w-]+","expires_in":600\}/,
    ],
  ],
  ['docs/migrating.md', [/^ok: /m, /available +"?Hello there/]],
  ['docs/client.md', [/^"(available|busy|away|unavailable)"$/m, /spreed +publishable +ready/]],
  ['examples/php/README.md', [/^you@example\.com: busy, Writing PHP \(says spreed\)$/m]],
  ['examples/python/README.md', [/^you@example\.com: away, Feeding the snake \(says spreed\)$/m]],
])

/** What stands before a block that nobody can run here begins with one of these. */
const REASONS = /^(needs|changes|takes|shows|asks) /

const commands = pagePaths().flatMap((page) =>
  blocksOf(page, readPage(page)).flatMap((block) => {
    const typed = commandsOf(block)
    return typed === undefined ? [] : [{ page, place: block.place, mark: block.mark, commands: typed }]
  }),
)
const typed = commands.filter(({ mark }) => mark === undefined)

const cleanUps = new CleanUps()
after(cleanUps.run)
let typist: Typist

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'presence-documented-'))
  cleanUps.after(() => rmSync(folder, { recursive: true, force: true }))
  // The commands learn of the port from presence.cfg.
  const server_port = await freePort()
  const config = { plugins: 'spreed manual', server_secret_key: '', server_port, data_path: join(folder, 'data') }
  const daemon = await startDaemon({ config })
  cleanUps.after(() => daemon.stop())
  // Somebody is known already, as on every daemon that has run for a while.
  await runToEnd(
    'node',
    ['--import', 'tsx', 'src/main.ts', 'set', 'ada@example.com', 'away', '-C', daemon.configFile],
    { cwd: ROOT },
  )
  typist = await Typist.in(folder, daemon)
})

for (const page of new Set(typed.map(({ page }) => page))) {
  test(`the commands of ${page} do what it says`, async () => {
    const said = await typist.type(
      page,
      typed.filter((block) => block.page === page),
    )
    assert.doesNotMatch(said, /"type":"about:blank"|application\/problem/, said)
    for (const pattern of SEEN.get(page) ?? []) assert.match(said, pattern)
  })
}

test('what is not typed says why, or which test does it, and that is the smaller part', (t) => {
  const reasons = new Map<string, string[]>()
  for (const { page, place, mark } of commands) {
    if (mark === undefined) continue
    if ('runBy' in mark) {
      assert.ok(existsSync(join(ROOT, mark.runBy)), `${place}: there is no ${mark.runBy}`)
      const names = [page, ...page.split('/').slice(-2), 'readmeBlock'].map((name) => JSON.stringify(name).slice(1, -1))
      const test = readFileSync(join(ROOT, mark.runBy), 'utf8')
      assert.ok(
        names.some((name) => test.includes(name)),
        `${place}: ${mark.runBy} does not read ${page}`,
      )
    } else {
      assert.match(mark.notRun, REASONS, `${place}: say what it needs, changes, takes, shows or asks`)
    }
    const reason = 'runBy' in mark ? `run by ${mark.runBy}` : mark.notRun
    reasons.set(reason, [...(reasons.get(reason) ?? []), place])
  }
  const skipped = commands.filter(({ mark }) => mark !== undefined && 'notRun' in mark)
  t.diagnostic(`${commands.length} blocks of commands: ${typed.length} typed here, ${skipped.length} by nobody`)
  for (const [reason, places] of reasons) t.diagnostic(`${reason}: ${places.join(', ')}`)
  for (const page of SEEN.keys())
    assert.ok(
      typed.some((block) => block.page === page),
      `nothing of ${page} is typed`,
    )
  assert.ok(typed.length > skipped.length, `${skipped.length} of ${commands.length} blocks are run by nobody`)
})
