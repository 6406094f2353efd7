// A machine whose wall clock is set, by faketime, while the daemon runs and while it is down; the monotonic clock is left alone.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createToken } from '../../src/core/tokens.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

const HOUR = 3600
/** The dynamic linker puts in the folder of this machine's kind. */
const LIBRARY = '/usr/$LIB/faketime/libfaketime.so.1'

async function onSetClock(t: TestContext): Promise<{ daemon: Daemon; setClock(ahead: number): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-clock-'))
  const file = join(folder, 'time')
  const write = (ahead: number): void => {
    // At once, since it is read at any moment.
    writeFileSync(`${file}.new`, `${ahead < 0 ? '' : '+'}${ahead}\n`)
    renameSync(`${file}.new`, file)
  }
  write(0)
  const env = { LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' }
  const daemon = await startDaemon({ config: { plugins: 'spreed manual', spreed_auto_unavailable: 10 }, env })
  t.after(async () => {
    await daemon.stop()
    rmSync(folder, { recursive: true })
  })
  const setClock = (ahead: number): void => {
    write(ahead)
    daemon.clockAhead = ahead
  }
  return { daemon, setClock }
}

async function publish(daemon: Daemon, user: string, expiresIn: number): Promise<void> {
  const headers = { authorization: `Bearer ${Buffer.from(daemon.token(user)).toString('base64url')}` }
  const body = JSON.stringify({ status: 'busy', message: '', expires_in: expiresIn })
  const answer = await fetch(`${daemon.url}/v1/users/${user}/manual`, { method: 'PUT', headers, body })
  assert.equal(answer.status, 200, await answer.text())
}

/** Two who stay for long, and one who goes soon; then the clock is set by `set`, over and over. */
async function story(t: TestContext, set: (daemon: Daemon, change: () => void) => Promise<void>): Promise<void> {
  if (!existsSync('/usr/bin/faketime')) return t.skip('there is no faketime')
  const { daemon, setClock } = await onSetClock(t)
  let ahead = 0
  for (const [round, jump] of [HOUR, -2 * HOUR].entries()) {
    const [long, short] = [`long${round}@example.test`, `short${round}@example.test`]
    await daemon.put([{ user_id: long, spreed: { status: 'available', message: '' } }])
    await publish(daemon, long, 600)
    await publish(daemon, short, 1)
    ahead += jump
    await set(daemon, () => setClock(ahead))
    const document = await daemon.document(long)
    assert.deepEqual([document.source, document.status], ['manual', 'busy'], `${round}`)
    assert.equal(document.sources.spreed?.status, 'available')
    const wall = Date.now() + ahead * 1000
    const told = [document.since ?? '', document.sources.manual?.since ?? '', document.sources.spreed?.updated ?? '']
    // The story takes no ten minutes, but it may take its time.
    for (const time of told) assert.ok(wall - Date.parse(time) < 600_000 && Date.parse(time) <= wall + 1000, time)
    await daemon.documentWhen(short, ({ sources }) => sources.manual === undefined)
  }
}

test('set while the daemon runs, by an hour either way, the clock expires nobody wrongly and keeps nobody', async (t) => {
  await story(t, async (_daemon, change) => change())
})

test('set while the daemon is down, it does neither; nor does it over the next restart', async (t) => {
  await story(t, async (daemon, change) => {
    await daemon.end('SIGKILL')
    change()
    await daemon.start()
    await daemon.end()
    await daemon.start()
  })
})

test('tokens go by the wall clock: after a jump those count that are dated by it', async (t) => {
  if (!existsSync('/usr/bin/faketime')) return t.skip('there is no faketime')
  const { daemon, setClock } = await onSetClock(t)
  const before = daemon.token()
  setClock(HOUR)
  const ask = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${Buffer.from(token).toString('base64url')}` }
    const answer = await fetch(`${daemon.url}/v1/sources`, { headers })
    return `${answer.status} ${answer.ok ? '' : ((await answer.json()) as { detail: string }).detail}`
  }
  assert.match(await ask(before), /^401 The token has expired; make a new one, and check the clocks of both machines/)
  assert.match(await ask(daemon.token()), /^200/)
  setClock(0)
  const ahead = createToken('a secret of the tests', 'ada', Math.floor(Date.now() / 1000) + HOUR)
  assert.match(await ask(ahead), /^401 .*too far in the future/)
  assert.match(await ask(daemon.token()), /^200/)
})
