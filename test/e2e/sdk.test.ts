// The client, and the commands that are made of it, against the running daemon.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createToken, PresenceClient, ProblemError, type WatchEvent } from '../../src/client/index.ts'
import { installBuiltPackage, TSC } from '../support/built-package.ts'
import { runToEnd, startChild } from '../support/children.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { blocks } from '../support/markdown.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const SECRET = 'a secret of the SDK'
const MAIN = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'src/main.ts')]

let daemon: Daemon

before(async () => {
  daemon = await startDaemon({ config: { plugins: 'spreed manual', server_secret_key: SECRET } })
})

after(() => daemon.stop())

function clientOf(user: string): PresenceClient {
  // The address is asked anew, since a restarted daemon has another port.
  return new PresenceClient({ url: daemon.url, token: () => createToken(SECRET, user) })
}

async function nextPresence(events: AsyncIterator<WatchEvent>) {
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) throw new Error('the watch has ended')
    if (value.type === 'presence') return value.document
  }
}

test('a state is set, read alone and among many, and withdrawn', async () => {
  const client = clientOf('one@x')
  const set = await client.set('one@x', 'spreed', { status: 'away', message: 'é😀' })
  assert.deepEqual([set.status, set.message, set.source], ['away', 'é😀', 'spreed'])
  assert.deepEqual(await client.get('one@x'), set)
  const manual = await client.set('one@x', 'manual', { status: 'busy', expiresIn: 60 })
  assert.ok(manual.sources.manual?.expires)
  const many = await client.getMany(['ONE@x', 'nobody@x', 'one@x'])
  assert.deepEqual(
    many.map(({ user_id, status }) => [user_id, status]),
    [
      ['ONE@x', 'busy'],
      ['nobody@x', 'unavailable'],
      ['one@x', 'busy'],
    ],
  )
  assert.equal((await client.withdraw('one@x', 'manual')).source, 'spreed')
  assert.equal((await client.withdraw('one@x', 'spreed')).status, 'unavailable')
  await assert.rejects(client.set('two@x', 'manual', { status: 'busy' }), ProblemError)
  assert.deepEqual(
    (await client.sources()).sources.map(({ name }) => name),
    ['spreed', 'manual'],
  )
})

test('each heartbeat is a session of its own: one that stops leaves the word to the other', async () => {
  const client = clientOf('beat@x')
  const events = client.watch(['beat@x'])
  assert.deepEqual((await nextPresence(events)).sources, {})
  const left = client.keepAlive('beat@x', { status: 'away', message: 'left' })
  assert.equal((await nextPresence(events)).message, 'left')
  const right = client.keepAlive('beat@x', { message: 'right' })
  assert.deepEqual((await nextPresence(events)).message, 'right')
  await right.stop()
  assert.equal((await nextPresence(events)).message, 'left')
  await left.stop()
  assert.equal((await nextPresence(events)).status, 'unavailable')
  await events.return?.()
})

test('watch tells how users are and what changes, and observe tells its listeners the same', async () => {
  const client = clientOf('seen@x')
  await client.set('seen@x', 'spreed', { status: 'away' })
  const events = client.watch(['seen@x', 'other@x'])
  assert.equal((await nextPresence(events)).status, 'away')
  assert.deepEqual((await nextPresence(events)).sources, {})
  assert.equal((await events.next()).value.type, 'ready')
  const seen: string[] = []
  const busy = new Promise<void>((resolve) => {
    const stop = client.observe('Seen@x', ({ user_id, status }) => {
      seen.push(`${user_id} ${status}`)
      // The first word is the state as it was.
      if (seen.length === 1) void client.set('seen@x', 'spreed', { status: 'busy' })
      if (status !== 'busy') return
      stop()
      resolve()
    })
  })
  assert.equal((await nextPresence(events)).status, 'busy')
  await busy
  assert.equal(seen[0], 'Seen@x away')
  await events.return?.()
})

test('the example of the documentation runs in Node, on the package as it is built', async (t) => {
  const [example = ''] = blocks(readFileSync(join(ROOT, 'docs/client.md'), 'utf8'), 'ts')
  const folder = temporaryFolder(t)
  await installBuiltPackage(folder)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'example.ts'), example)
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'))
  // As somebody else would compile it, with the types that the package has.
  const strict = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  await runToEnd(process.execPath, [TSC, ...strict, 'example.ts'], { cwd: folder })
  const env = { PRESENCE_URL: daemon.url, PRESENCE_SECRET: SECRET }
  assert.equal(await runToEnd(process.execPath, ['example.js'], { cwd: folder, env }), 'available Hello there')
})

test('the commands set, show, watch and withdraw; watch ends with 0 at Ctrl-C and when its pipe is closed', async () => {
  const flags = ['-C', daemon.configFile, '--url', daemon.url]
  const run = (...words: string[]) => runToEnd(process.execPath, [...MAIN, ...words, ...flags])
  const watch = await startChild(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'src/main.ts'), 'watch', 'c@x', ...flags],
    {
      cwd: ROOT,
    },
  )
  await watch.waitForLine(/"user_id":"c@x".*"sources":\{\}/)
  await run('set', 'c@x', 'busy', 'Writing', '--source', 'manual', '--expires-in', '60')
  await watch.waitForLine(/"message":"Writing","source":"manual"/)
  assert.match(await run('get', 'c@x'), /busy "Writing" \(manual since/)
  await run('withdraw', 'c@x', '--source', 'manual')
  await watch.waitForLine(/"source":null/, { after: 2 })
  assert.deepEqual(await watch.end('SIGINT'), { code: 0, signal: null })
  assert.match(await run('sources'), /SOURCE +KIND.*\nspreed +publishable +ready/)

  const piped = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/main.ts'), 'watch', 'd@x', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(piped, 'close')
  let said = ''
  piped.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  await once(piped.stdout, 'data')
  piped.stdout.destroy()
  await clientOf('d@x').set('d@x', 'spreed', { status: 'busy' })
  assert.deepEqual([(await exited)[0], said], [0, ''])
})
