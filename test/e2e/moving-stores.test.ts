// From the embedded store to Redis and back, as docs/operating.md says it: everything is there afterwards, and watchers see no moment without it.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { DaemonDoor } from '../../src/cli/context.ts'
import { PresenceClient, type PresenceDocument } from '../../src/client/index.ts'
import { silentLog } from '../../src/core/log.ts'
import { openOffline } from '../../src/daemon/offline-store.ts'
import { resolvePlugin } from '../../src/plugins/registry.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { openRedisStore } from '../../src/store/redis.ts'
import { runToEnd } from '../support/children.ts'
import { command, type Outcome } from '../support/command-line.ts'
import { type ConfigLines, type Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { blocks } from '../support/markdown.ts'
import { ANYTHING, contentsOf, exported, imported } from '../support/porting.ts'
import { startProsody } from '../support/prosody.ts'
import { startRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { online, says, xmppConfig } from '../support/xmpp-suite.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const TSX = import.meta.resolve('tsx')
const isRoot = process.getuid?.() === 0

/** Gives a command as the documentation has it, to the daemon's presence.cfg. */
function give(daemon: Daemon, words: readonly string[]): Promise<string> {
  return runToEnd(process.execPath, ['--import', TSX, MAIN, ...words, '-C', daemon.configFile], { cwd: daemon.folder })
}

/** The same in this process. */
function giveHere(daemon: Daemon, ...words: readonly string[]): Promise<Outcome> {
  const openStore: DaemonDoor['openStore'] = ({ settings }, options) => openOffline(settings, options)
  const runDaemon = () => Promise.reject(new Error('no daemon is started'))
  const surroundings = { now: Date.now, daemon: { resolvePlugin, runDaemon, openStore } }
  return command(daemon.folder, [...words, '-C', daemon.configFile], surroundings)
}

/** What it says, having done it or (code 1) not. */
async function said(daemon: Daemon, code: number, ...words: readonly string[]): Promise<string> {
  const outcome = await giveHere(daemon, ...words)
  assert.equal(outcome.code, code, outcome.err.join('\n'))
  return outcome.err.join('\n')
}

/** The commands of the two ways, from the documentation. */
function documented(): readonly [there: readonly string[], back: readonly string[]] {
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const ways = blocks(page, 'sh').filter((block) => block.includes('kopano-presence import'))
  assert.equal(ways.length, 2)
  const [there = [], back = []] = ways.map((block) => block.trimEnd().split('\n'))
  return [there, back]
}

async function follow(daemon: Daemon, commands: readonly string[], next: ConfigLines): Promise<void> {
  const data = join(daemon.folder, 'data')
  for (const command of commands) {
    const [program = '', ...words] = command
      .replaceAll('/var/backups', daemon.folder)
      .replaceAll('/var/lib/kopano/presence', data)
      .split(' ')
    if (command.startsWith('# presence.cfg: store')) daemon.configure(next)
    else if (command === 'systemctl stop kopano-presence') await daemon.end()
    else if (command === 'systemctl start kopano-presence') await daemon.start()
    else if (program === 'kopano-presence') await give(daemon, words)
    else await runToEnd(program, words)
  }
}

/** All that must stay as it is: whoever is stale is so until the new session has confirmed them. */
function look({ status, message, source, since, sources }: PresenceDocument): unknown {
  const sections = Object.entries(sources).map(([name, { stale: _, updated: __, ...section }]) => [name, section])
  return { status, message, source, since, sections }
}

test('from embedded to Redis and back, nobody is missing for a moment and nobody goes back', async (t) => {
  const [prosody, redis] = await Promise.all([startProsody({ users: ['ada', 'eve'] }), startRedis()])
  t.after(() => Promise.all([prosody.stop(), redis.stop()]))
  const fixed = { plugins: 'xmpp spreed manual', server_port: await freePort(), ...xmppConfig(prosody) }
  const overRedis = { ...fixed, store: 'redis', redis_url: `redis://127.0.0.1:${redis.port}` }
  const daemon = await startDaemon({ config: fixed })
  t.after(() => daemon.stop())
  const ada = await online(prosody, 'ada', { show: 'dnd', status: 'on the phone' })
  t.after(() => ada.kill())
  await says(daemon, 'ada@example.test', 'busy', 'on the phone')
  await says(daemon, 'eve@example.test', 'unavailable')
  const publish = async (user: string, source: string, words: object): Promise<void> => {
    const client = new PresenceClient({ url: daemon.url, token: () => daemon.token(user) })
    await client.set(user, source, words as never)
  }
  await publish('ada@example.test', 'manual', { status: 'away', message: 'back at ten', expiresIn: 3600 })
  await publish('bob@example.test', 'spreed', { status: 'available', message: 'in the web', session: 'tab' })
  await publish('zoë@example.test', 'manual', { status: 'busy', message: 'writing\n"quoted"' })
  const users = ['ada@example.test', 'bob@example.test', 'eve@example.test', 'zoë@example.test']
  const reader = new PresenceClient({ url: daemon.url, token: () => daemon.token() })
  const looks = async () => (await reader.getMany(users)).map(look)
  const before = await looks()
  const expected = new Map(users.map((user, index) => [user, before[index]]))

  const [ending, wrong] = [new AbortController(), [] as string[]]
  t.after(() => ending.abort())
  let [events, snapshots] = [0, 0]
  const watching = (async () => {
    for await (const event of reader.watch(users, { signal: ending.signal })) {
      if (event.type === 'ready') snapshots += 1
      if (event.type !== 'presence') continue
      events += 1
      const seen = JSON.stringify(look(event.document))
      if (seen !== JSON.stringify(expected.get(event.document.user_id))) wrong.push(seen)
    }
  })()
  const seenAll = (count: number) =>
    daemon.until(
      async () => snapshots,
      (seen) => seen >= count,
      // The longer the daemon was away, the longer the client may have waited before it tries again.
      60_000,
    )
  await seenAll(1)

  const [there, back] = documented()
  await follow(daemon, there, overRedis)
  assert.deepEqual(await looks(), before)
  assert.ok(Number(await redis.cli('dbsize')) > 0)
  await seenAll(2)
  await daemon.sourceIs('settled')
  // Nothing is left of the old store that could help.
  await follow(daemon, back, fixed)
  assert.deepEqual(await looks(), before)
  await seenAll(3)
  await daemon.sourceIs('settled')
  assert.deepEqual(await looks(), before)
  ending.abort()
  await watching
  assert.ok(events >= 3 * users.length)
  assert.deepEqual(wrong, [])
})

test('through both stores and out again it is the same, whatever it is', { timeout: 120_000 }, async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(ANYTHING, { maxLength: 30 }), async (changes) => {
      run += 1
      const [path, other] = [temporaryFolder(t), temporaryFolder(t)]
      const one = await openEmbeddedStore({ path, sync: false, log: silentLog })
      const two = await openRedisStore({ url: `unix://${redis.socket}`, prefix: `port-${run}`, log: silentLog })
      const three = await openEmbeddedStore({ path: other, sync: false, log: silentLog })
      try {
        await one.save(changes)
        await one.saveRecord('source xmpp', { seen: 5, starts: 2 })
        const text = await exported(one)
        await imported(text, two)
        const between = await exported(two)
        assert.deepEqual(contentsOf(between), contentsOf(text))
        await imported(between, three)
        assert.deepEqual(contentsOf(await exported(three)), contentsOf(text))
        assert.deepEqual((await three.records()).get('source xmpp'), { seen: 5, starts: 2 })
      } finally {
        await Promise.all([one.close(), two.close(), three.close()])
      }
    }),
    { numRuns: 15 },
  )
})

const CONFIG: ConfigLines = { plugins: 'spreed manual' }

async function published(t: TestContext): Promise<Daemon> {
  const daemon = await startDaemon({ config: { ...CONFIG, server_port: await freePort() } })
  t.after(() => daemon.stop())
  await daemon.put([{ user_id: 'ada@example.test', spreed: { status: 'busy', message: 'here' } }])
  return daemon
}

test('a running daemon is asked for what it has; an import waits for its end, and leaves no trace of root', async (t) => {
  const daemon = await published(t)
  assert.equal(await said(daemon, 0, 'export', 'running'), 'Saved 1 entries to running.')
  assert.match(await said(daemon, 1, 'import', 'running'), /in use by process \d+; stop that one first/)
  await daemon.end()
  assert.equal(await said(daemon, 0, 'export', 'stopped'), 'Saved 1 entries to stopped.')
  const [running, stopped] = ['running', 'stopped'].map((name) => readFileSync(join(daemon.folder, name)))
  assert.ok(running && stopped)
  assert.deepEqual(contentsOf(running), contentsOf(stopped))
  assert.match(await said(daemon, 0, 'import', 'running'), /0 written, 1 kept as they are/)
  if (!isRoot) return
  const data = join(daemon.folder, 'given')
  daemon.configure({ ...CONFIG, data_path: data, run_as_user: 'nobody' })
  assert.match(await said(daemon, 0, 'import', 'running'), /1 written/)
  const nobody = Number(await runToEnd('id', ['-u', 'nobody']))
  for (const path of [data, join(data, 'presence.mdb')]) assert.equal(statSync(path).uid, nobody, path)
  // Nor when it could not even open the store.
  const broken = join(daemon.folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'presence.mdb'), 'no database')
  daemon.configure({ ...CONFIG, data_path: broken, run_as_user: 'nobody' })
  assert.match(await said(daemon, 1, 'import', 'running'), /presence\.mdb/)
  for (const path of [broken, join(broken, 'presence.mdb')]) assert.equal(statSync(path).uid, nobody, path)
})

test('a file that is wrong is refused with its line, and a missing store with a remedy; nothing is changed or made', async (t) => {
  const daemon = await published(t)
  await daemon.end()
  await said(daemon, 0, 'export', 'good')
  const text = readFileSync(join(daemon.folder, 'good'), 'utf8')
  for (const [wrong, message] of [
    [text.replace('"status":"busy"', '"status":"lazy"'), /wrong: .*in line 2: its "status" .*Nothing was changed/],
    [text.replace('here', 'gone'), /wrong: .*checksum.*Nothing was changed/],
    [text.slice(0, -20), /wrong: .*(cut off|line 3).*Nothing was changed/],
    ['no backup', /wrong: That is no backup.*Nothing was changed/],
  ] as const) {
    writeFileSync(join(daemon.folder, 'wrong'), wrong)
    assert.match(await said(daemon, 1, 'import', 'wrong'), message)
  }
  await said(daemon, 0, 'export', 'after')
  assert.deepEqual(contentsOf(readFileSync(join(daemon.folder, 'after'))), contentsOf(Buffer.from(text)))

  const data = join(daemon.folder, 'nowhere')
  daemon.configure({ ...CONFIG, data_path: data })
  assert.match(await said(daemon, 1, 'export', 'nothing'), /there is no presence database in .*nowhere/)
  assert.ok(!existsSync(data) && !existsSync(join(daemon.folder, 'nothing')))
  assert.match(await said(daemon, 1, 'import', 'missing'), /missing cannot be read/)
  daemon.configure({ ...CONFIG, store: 'redis', redis_url: `redis://127.0.0.1:${await freePort()}` })
  assert.match(await said(daemon, 1, 'export', 'nothing'), /Redis at .*127\.0\.0\.1/)
})
