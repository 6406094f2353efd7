// The examples for other languages and programs, as they stand in examples/, against the running daemon.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { installBuiltPackage } from '../support/built-package.ts'
import { startChromium } from '../support/chromium.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebSite } from '../support/web-site.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const HOME_ASSISTANT = join(import.meta.dirname, '../support/home_assistant.py')
const SECRET = 'a secret of the examples é'
/** Letters that no header takes as they are, and some that an address does not. */
const USER = 'ада/1+1@example.com'

let daemon: Daemon

before(async () => {
  daemon = await startDaemon({ config: { plugins: 'spreed manual', server_secret_key: SECRET } })
})

after(() => daemon.stop())

for (const [language, ...command] of [
  ['PHP', 'php', 'php/presence.php'],
  ['Python', 'python3', 'python/presence.py'],
] as const) {
  const [program, file] = command
  const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const all = { ...process.env, PRESENCE_URL: daemon.url, PRESENCE_SECRET: SECRET, ...env }
    return spawnSync(program, [join(EXAMPLES, file), ...words], { env: all, encoding: 'utf8' })
  }

  test(`the client in ${language} publishes and asks, for whatever user and message`, () => {
    const { stdout, stderr, status } = run([USER, 'busy', 'по-русски "é😀"'])
    assert.deepEqual([stdout, stderr, status], [`${USER}: busy, по-русски "é😀" (says spreed)\n`, '', 0])
    assert.equal(run([USER, 'away']).stdout, `${USER}: away,  (says spreed)\n`)
  })

  test(`the client in ${language} tells why the daemon refuses, and when none answers`, () => {
    const said = (words: readonly string[], env: Readonly<Record<string, string>>) => {
      const { stdout, stderr } = run(words, env)
      return stdout + stderr
    }
    assert.match(said([USER, 'lazy'], {}), /^The status must be one of available, busy, away, unavailable\b.*\n$/)
    assert.match(
      said([USER, 'busy'], { PRESENCE_SECRET: 'another' }),
      /^The token's signature is wrong; make it with .*\n$/,
    )
    assert.match(
      said([USER, 'busy'], { PRESENCE_URL: 'http://127.0.0.1:9' }),
      /^No daemon answers at http:\S+9\/v1\/.*\n$/,
    )
    assert.match(said([USER], {}), /USER STATUS \[MESSAGE\]/)
  })

  test(`the client in ${language} has 20 lines at the most`, () => {
    assert.ok(readFileSync(join(EXAMPLES, file), 'utf8').trimEnd().split('\n').length <= 20)
  })
}

test('the sensor of Home Assistant shows how a person is, with a token of its own', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of readdirSync(join(EXAMPLES, 'home-assistant'))) {
    copyFileSync(join(EXAMPLES, 'home-assistant', name), join(folder, name))
  }
  writeFileSync(join(folder, 'presence_secret'), `${SECRET}\n`, { mode: 0o600 })
  const ask = () => {
    const words = [HOME_ASSISTANT, join(folder, 'configuration.yaml'), daemon.url]
    const { stdout, stderr } = spawnSync('python3', words, { encoding: 'utf8' })
    assert.equal(stderr, '')
    return JSON.parse(stdout) as { state: string; icon: string; attributes: Readonly<Record<string, unknown>> }
  }
  assert.deepEqual([ask().state, ask().icon], ['unavailable', 'mdi:account-off'])
  const { status } = spawnSync(
    'python3',
    [join(EXAMPLES, 'python/presence.py'), 'markd@example.com', 'busy', 'writing'],
    {
      env: { ...process.env, PRESENCE_URL: daemon.url, PRESENCE_SECRET: SECRET },
    },
  )
  assert.equal(status, 0)
  const { state, icon, attributes } = ask()
  assert.deepEqual([state, icon], ['busy', 'mdi:minus-circle'])
  assert.deepEqual({ ...attributes, since: '' }, { message: 'writing', source: 'spreed', since: '', stale: false })
})

test('the snippet for a webmail puts a dot before every address, which follows its owner', async (t) => {
  const dist = await installBuiltPackage(temporaryFolder(t))
  const html = readFileSync(join(EXAMPLES, 'webmail/index.html'), 'utf8')
  assert.match(html, /'https:\/\/presence\.example\.com'/)
  // Asked for when a page is, and by then the daemon runs.
  const site = await startWebSite(t, {
    pages: new Map([
      ['/', () => html.replace('https://presence.example.com', other.url)],
      ['/token', () => other.token('you@example.com')],
    ]),
    folders: new Map([['/kopano-presence/client/', join(dist, 'client')]]),
  })
  const config = { plugins: 'spreed manual', server_allowed_origins: site.origin, server_update_scope: 'own' }
  const other = await startDaemon({ config })
  t.after(() => other.stop())
  const say = (user: string, status: string) =>
    fetch(`${other.url}/v1/users/${user}/spreed`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${other.token(user)}` },
      body: JSON.stringify({ status }),
    })
  assert.equal((await say('eva@example.com', 'busy')).status, 200)
  const browser = await startChromium(t)
  const page = await browser.open(site.origin)
  const dotOf = (user: string) => page.locator(`presence-dot[user="${user}"] + a`)
  for (const user of ['markd@example.com', 'you@example.com', 'eva@example.com']) await dotOf(user).waitFor()
  const shows = (status: string) =>
    page.locator('presence-dot[user="eva@example.com"]').getByRole('img', { name: status, exact: true })
  await shows('busy').waitFor()
  await say('eva@example.com', 'away')
  await shows('away').waitFor()
  assert.deepEqual(browser.complaints, [])
})
