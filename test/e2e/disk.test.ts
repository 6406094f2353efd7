// The daemon on a real disk that is full, breaks, or may not be written: nothing that was answered is lost, and it says what is wrong.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CleanUps } from '../support/clean-ups.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { SmallDisk } from '../support/small-disk.ts'

interface Stage {
  readonly disk: SmallDisk
  readonly daemon: Daemon
  /** What was answered with 200: each user's newest number. */
  readonly saved: Map<string, string>
  /** Publishes until that is refused; resolves with the refusal. */
  publishUntilRefused(): Promise<{ readonly status: number; readonly body: string; readonly retryAfter: string | null }>
}

const config = (disk: SmallDisk) => ({
  plugins: 'spreed manual',
  data_path: join(disk.path, 'data'),
  spreed_auto_unavailable: 0.1,
})

async function onSmallDisk(t: TestContext): Promise<Stage | undefined> {
  const cleanUps = new CleanUps()
  t.after(cleanUps.run)
  const disk = SmallDisk.make((reason) => t.skip(reason))
  if (disk === undefined) return undefined
  cleanUps.after(() => disk.remove())
  const daemon = await startDaemon({ config: config(disk) })
  cleanUps.after(() => daemon.stop())
  const saved = new Map<string, string>()
  const message = 'long '.repeat(1500)
  return {
    ...{ disk, daemon, saved },
    async publishUntilRefused() {
      for (let number = 0; ; number += 1) {
        const user = `user${number % 400}@example.test`
        const answer = await put(daemon, user, `${number} ${message}`)
        if (answer.status !== 200) return answer
        saved.set(user, `${number} ${message}`)
      }
    },
  }
}

async function put(daemon: Daemon, user: string, message: string) {
  const headers = { authorization: `Bearer ${Buffer.from(daemon.token(user)).toString('base64url')}` }
  const body = JSON.stringify({ status: 'busy', message })
  const answer = await fetch(`${daemon.url}/v1/users/${user}/manual`, { method: 'PUT', headers, body })
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.text() }
}

async function assertSaved({ daemon, saved }: Stage): Promise<void> {
  for (const [user, message] of saved) assert.equal((await daemon.document(user)).message, message, user)
}

test('while the disk is full, reads and deadlines go on; with room again, so does everything', async (t) => {
  const stage = await onSmallDisk(t)
  if (stage === undefined) return
  const { disk, daemon } = stage
  await daemon.put([{ user_id: 'ada@example.test', spreed: { status: 'available', message: 'lapses' } }])
  disk.fill()
  const refusal = await stage.publishUntilRefused()
  assert.deepEqual([refusal.status, refusal.retryAfter], [503, '5'])
  assert.match(refusal.body, /"detail":"The presence cannot be saved now; send it again soon\."/)
  await daemon.waitForLog(/cannot save: .*presence\.mdb cannot be written: the disk is full; free some space/)
  await assertSaved(stage)
  const lapsed = await daemon.documentWhen('ada@example.test', ({ status }) => status === 'unavailable')

  disk.makeRoom()
  assert.equal((await put(daemon, 'late@example.test', 'there')).status, 200)
  await daemon.waitForLog(/saving works again/)
  stage.saved.set('late@example.test', 'there')
  await daemon.end('SIGKILL')
  await daemon.start()
  await assertSaved(stage)
  assert.deepEqual((await daemon.document('ada@example.test')).sources, lapsed.sources)
})

test('a daemon that is killed on a full disk has lost nothing that it has answered, and starts there, too', async (t) => {
  const stage = await onSmallDisk(t)
  if (stage === undefined) return
  const { disk, daemon } = stage
  disk.fill()
  assert.equal((await stage.publishUntilRefused()).status, 503)
  disk.fill()
  await daemon.end('SIGKILL')
  const failed = await daemon.start().then(
    () => undefined,
    (error: unknown) => String(error),
  )
  if (failed !== undefined)
    assert.match(failed, /cannot write in the data folder .*: the disk is full; free some space/)
  disk.makeRoom()
  if (failed !== undefined) await daemon.start()
  await assertSaved(stage)
})

test('when the kernel makes the disk read-only after an error, reads go on, and nothing that was answered is lost', async (t) => {
  const stage = await onSmallDisk(t)
  if (stage === undefined) return
  const { disk, daemon, saved } = stage
  for (let number = 0; number < 50; number += 1) {
    const user = `user${number}@example.test`
    assert.equal((await put(daemon, user, `${number}`)).status, 200)
    saved.set(user, `${number}`)
  }
  disk.fail()
  const refusal = await put(daemon, 'late@example.test', 'lost')
  assert.equal(refusal.status, 503)
  await daemon.waitForLog(/cannot save: .*its file system is read-only/)
  await assertSaved(stage)
  const exit = await daemon.end()
  assert.deepEqual(exit, { code: 0, signal: null })
  disk.repair()
  await daemon.start()
  await assertSaved(stage)
})

test('on a disk that is read-only it does not start, and says what to do', async (t) => {
  const stage = await onSmallDisk(t)
  if (stage === undefined) return
  const { disk, daemon } = stage
  assert.equal((await put(daemon, 'ada@example.test', 'there')).status, 200)
  stage.saved.set('ada@example.test', 'there')
  await daemon.end()
  disk.setReadOnly(true)
  await assert.rejects(
    daemon.start(),
    /its file system is read-only; mount it for writing, or set data_path to another folder \(EROFS\)/,
  )
  disk.setReadOnly(false)
  await daemon.start()
  await assertSaved(stage)
})
