// SIGHUP and SIGTERM on the running daemon: what is taken over, what is refused, and how it ends.
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createToken } from '../../src/core/tokens.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

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

test('what only a restart can change is named', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  daemon.configure({ plugins: 'spreed', server_bind: '127.0.0.2' })
  await reload(daemon, /server_bind.*restart/)
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

test('a second daemon on the same data is refused, with the folder in the sentence', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  await assert.rejects(
    startDaemon({ config: { plugins: 'spreed', data_path: join(daemon.folder, 'data') } }),
    /already|in use|another/,
  )
  await daemon.put([{ user_id: 'ada', spreed }])
})
