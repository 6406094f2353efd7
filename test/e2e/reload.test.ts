// SIGHUP and SIGTERM on the running daemon: what is taken over, what is refused, and how it ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { PresenceClient, type WatchEvent } from '../../src/client/index.ts'
import { createToken } from '../../src/core/tokens.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { readEvents } from '../support/events.ts'

const spreed = { status: 'busy', message: 'writing' }

/** Sends SIGHUP and waits until the log tells how that went. */
async function reload(daemon: Daemon, outcome = /reloaded presence\.cfg/): Promise<void> {
  const after = daemon.logLines.length
  daemon.signal('SIGHUP')
  await daemon.waitForLog(outcome, { after })
}

test('a changed user map counts after SIGHUP, without a lost connection', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  const map = join(daemon.folder, 'users.map')
  await writeFile(map, 'spreed U-17 = ada@example.test\n')
  daemon.configure({ plugins: 'spreed', user_map_file: map })
  await daemon.end()
  await daemon.start()
  await daemon.put([{ user_id: 'u-17', spreed }])
  assert.equal((await daemon.document('ada@example.test')).status, 'busy')

  await writeFile(map, 'spreed U-17 = bob@example.test\n')
  await reload(daemon)
  await daemon.put([{ user_id: 'u-17', spreed }])
  assert.equal((await daemon.document('bob@example.test')).status, 'busy')
})

test('a new secret counts after SIGHUP, and the previous one while it is named', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  const ask = async (secret: string): Promise<number> => {
    const token = createToken(secret, 'ada@example.test', Math.floor(Date.now() / 1000))
    const answer = await fetch(`${daemon.url}/v1/sources`, { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    return answer.status
  }
  daemon.configure({ plugins: 'spreed', server_secret_key: 'new', server_secret_key_previous: 'old older' })
  await reload(daemon)
  assert.deepEqual([await ask('new'), await ask('old'), await ask('older'), await ask('other')], [200, 200, 200, 401])
  daemon.configure({ plugins: 'spreed', server_secret_key: 'new' })
  await reload(daemon)
  assert.deepEqual([await ask('new'), await ask('old')], [200, 401])
})

test('a file with mistakes is not taken over, and the log names each', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  daemon.configure({ plugins: 'spreed', server_port: 'seven', server_token_expire: -1, server_secret_key: 'other' })
  await reload(daemon, /server_port.*seven/)
  await daemon.waitForLog(/server_token_expire/)
  await daemon.waitForLog(/old settings stay in force/)
  await daemon.put([{ user_id: 'ada', spreed }])
})

test('a changed password of the board counts after SIGHUP; without its file the old one goes on', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed', board_password: 'first' } })
  context.after(() => daemon.stop())
  const open = async (password: string): Promise<number> => {
    const answer = await fetch(`${daemon.url}/board/session`, { method: 'POST', body: JSON.stringify({ password }) })
    await answer.arrayBuffer()
    return answer.status
  }
  const file = join(daemon.folder, 'password')
  await writeFile(file, 'second\n')
  daemon.configure({ plugins: 'spreed', board_password_file: 'password' })
  await reload(daemon)
  assert.deepEqual([await open('first'), await open('second')], [401, 200])
  await rm(file)
  await reload(daemon, /password: can't be read/)
  assert.equal(await open('second'), 200)
  await daemon.end()
  await assert.rejects(daemon.start(), /password: can't be read: .*check the path/)
})

test('who may see and say what changes with SIGHUP: streams that see others now end, and clients go on with whom they see', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed', server_trusted_users: 'boss@other.test' } })
  context.after(() => daemon.stop())
  const entries = [
    { user_id: 'ada@example.test', spreed },
    { user_id: 'eva@other.test', spreed },
  ]
  await daemon.put(entries)
  const trusted = await readEvents(`${daemon.url}/v1/watch`, daemon.token('boss@other.test'))
  const narrowed = await readEvents(`${daemon.url}/v1/watch`, daemon.token())
  context.after(() => [trusted, narrowed].map((reader) => reader.close()))
  for (const reader of [trusted, narrowed]) assert.equal((await reader.until('ready')).length, 3)
  const events = new PresenceClient({ url: daemon.url, token: () => daemon.token() }).watch()
  context.after(() => events.return?.())
  const until = async (fits: (event: WatchEvent) => boolean): Promise<void> => {
    for (let next = await events.next(); !next.done; next = await events.next()) if (fits(next.value)) return
  }
  await until(({ type }) => type === 'ready')

  const narrow = { server_visibility: 'domain', server_update_scope: 'own', server_trusted_users: 'boss@other.test' }
  daemon.configure({ plugins: 'spreed', ...narrow })
  await reload(daemon)
  assert.equal((await narrowed.until('expired')).at(-1)?.event, 'expired')
  assert.equal((await daemon.document('eva@other.test')).source, null)
  await until((event) => {
    return event.type === 'presence' && event.document.user_id === 'eva@other.test' && event.document.source === null
  })
  await until(({ type }) => type === 'ready')
  await assert.rejects(daemon.put(entries), /403.*UserStatus\/0\/spreed/)
  await daemon.put([{ user_id: 'tests@example.test', spreed }])
  await until((event) => event.type === 'presence' && event.document.user_id === 'tests@example.test')
  // A reload may tell everybody once more.
  for (let heard = ''; heard !== 'tests@example.test'; ) {
    const event = await trusted.next()
    heard = (event?.data as { user_id?: string } | undefined)?.user_id ?? assert.fail('the stream has ended')
  }

  daemon.configure({ plugins: 'spreed' })
  await reload(daemon)
  await daemon.put(entries)
  await until((event) => event.type === 'presence' && event.document.user_id === 'eva@other.test')
})

test('what only a restart can change is named', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  daemon.configure({ plugins: 'spreed', server_bind: '127.0.0.2' })
  await reload(daemon, /server_bind.*restart/)
})

test('a plugin that only a restart can add takes part in nothing, however often the file is read', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  daemon.configure({ plugins: 'spreed manual' })
  for (const _ of ['once', 'again']) {
    const after = daemon.logLines.length
    await reload(daemon)
    assert.match(daemon.logLines.slice(after).join('\n'), /plugins: changed in presence\.cfg, but only a restart/)
  }
  const manual = { status: 'busy', message: '' }
  await assert.rejects(daemon.put([{ user_id: 'tests@example.test', manual }]), /400.*no such source/)
})

test('the secret that the daemon made stays in force after SIGHUP, wherever data_path leads, and also when its file is spoilt', async (context) => {
  const own = { plugins: 'spreed', server_secret_key: '' }
  const daemon = await startDaemon({ config: own })
  context.after(() => daemon.stop())
  const file = join(daemon.folder, 'data', 'secret')
  const secret = (await readFile(file, 'utf8')).trim()
  const ask = async (): Promise<number> => {
    const token = createToken(secret, 'ada@example.test', Math.floor(Date.now() / 1000))
    const answer = await fetch(`${daemon.url}/v1/sources`, { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    return answer.status
  }
  daemon.configure({ ...own, data_path: join(daemon.folder, 'elsewhere') })
  for (const _ of ['once', 'again']) await reload(daemon, /data_path: .*restart/)
  assert.equal(await ask(), 200)

  daemon.configure(own)
  await writeFile(file, '\n')
  await reload(daemon, /old settings stay in force/)
  assert.match(daemon.logLines.join('\n'), /The secret in \S+secret is empty\. Remove the file/)
  assert.equal(await ask(), 200)
  await writeFile(file, `${secret}\n`)
  await reload(daemon)
  assert.equal(await ask(), 200)
})

test('SIGTERM ends it with 0, and everything is there again', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  await daemon.put([{ user_id: 'ada', spreed }])
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
  assert.match(daemon.logLines.at(-1) ?? '', /stopped/)
  await daemon.start()
  assert.deepEqual((await daemon.get(['ada']))[0]?.spreed, spreed)
})

test('further signals to end, while it ends, change nothing', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  // What is not complete is waited for.
  const client = connect(Number(new URL(daemon.url).port), '127.0.0.1').on('error', () => {})
  context.after(() => client.destroy())
  await once(client, 'connect')
  client.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  assert.equal((await daemon.ask('GET', '/healthz')).status, 200)
  daemon.signal('SIGTERM')
  await daemon.waitForLog(/stopping on SIGTERM/)
  daemon.signal('SIGTERM')
  daemon.signal('SIGINT')
  daemon.signal('SIGINT')
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
  assert.match(daemon.logLines.at(-1) ?? '', /stopped/)
})

test('a second daemon on the same data is refused, with the folder in the sentence', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  await assert.rejects(
    startDaemon({ config: { plugins: 'spreed', data_path: join(daemon.folder, 'data') } }),
    /already|in use|another/,
  )
  await daemon.put([{ user_id: 'ada', spreed }])
})
