// `kopano-presence backup` and `restore`, on daemons that run and are asked meanwhile.
import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { resolvePlugin } from '../../src/plugins/registry.ts'
import { command, type Outcome } from '../support/command-line.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

const PLUGINS = 'manual spreed'

/** Gives a command to a daemon, in its folder. */
function give(
  daemon: Daemon,
  words: readonly string[],
  surroundings: Parameters<typeof command>[2] = {},
): Promise<Outcome> {
  const runDaemon = () => Promise.reject(new Error('it runs already'))
  return command(daemon.folder, [...words, '--url', daemon.url], {
    ...{ now: Date.now, daemon: { resolvePlugin, runDaemon, openStore: runDaemon } },
    ...surroundings,
  })
}

async function started(context: { after(cleanUp: () => unknown): void }): Promise<Daemon> {
  const daemon = await startDaemon({ config: { plugins: PLUGINS } })
  context.after(() => daemon.stop())
  return daemon
}

const said = (number: number) => ({ status: 'busy', message: `number ${number}` })

test('what was answered before the backup began is in it, and can be restored anywhere', async (context) => {
  const [daemon, other] = await Promise.all([started(context), started(context)])
  const answered: string[] = []
  let publishing = true
  const load = Array.from({ length: 8 }, async (_, client) => {
    for (let number = 0; publishing; number += 1) {
      const user_id = `user${number % 50}.${client}@example.test`
      await daemon.put([{ user_id, spreed: said(number) }])
      answered.push(`${user_id} ${number}`)
    }
  })
  await daemon.until(
    async () => answered.length,
    (length) => length > 500,
  )
  const before = [...answered]
  const outcome = await give(daemon, ['backup', 'saved'])
  publishing = false
  await Promise.all(load)
  assert.deepEqual([outcome.code, outcome.out], [0, []], outcome.err.join('\n'))
  assert.match(outcome.err.join(), /^Saved \d+ entries to saved\.$/)
  const file = join(daemon.folder, 'saved')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.doesNotMatch(await readFile(file, 'utf8'), /a secret of the tests/)

  await other.put([{ user_id: 'left-over@example.test', spreed: said(0) }])
  const restored = await give(other, ['restore', file])
  assert.equal(restored.code, 0, restored.err.join('\n'))
  assert.match(restored.err.join(), /^Restored the backup of \S+Z: 400 restored, 1 withdrawn, 0 passed over\.$/)
  const newest = new Map(before.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]))
  for (const entry of await other.get([...newest.keys()])) {
    const { message } = entry.spreed as { message: string }
    assert.ok(
      Number(message.slice('number '.length)) >= (newest.get(entry.user_id) ?? 0),
      `${entry.user_id}: ${message}`,
    )
  }
  assert.equal((await other.document('left-over@example.test')).source, null)
  // What is answered so is on the disk.
  await other.end('SIGKILL')
  await other.start()
  assert.equal((await other.document('user7.7@example.test')).status, 'busy')
  assert.equal((await other.document('left-over@example.test')).source, null)
})

test('what is no sound backup is refused with a sentence, and changes nothing', async (context) => {
  const daemon = await started(context)
  await daemon.put([{ user_id: 'ada@example.test', spreed: said(1) }])
  await give(daemon, ['backup', 'sound'])
  await daemon.put([{ user_id: 'ada@example.test', spreed: said(2) }])
  const sound = await readFile(join(daemon.folder, 'sound'))
  const flipped = Buffer.from(sound)
  flipped.writeUInt8(sound.readUInt8(300) ^ 1, 300)
  const files: readonly [name: string, content: Buffer, sentence: RegExp][] = [
    ['cut', sound.subarray(0, sound.length - 20), /refused: The backup is (damaged or )?cut off/],
    ['flipped', flipped, /refused: The backup is damaged/],
    ['empty', Buffer.alloc(0), /refused: The backup is empty; use another one\. Nothing was changed\./],
    [
      'newer',
      Buffer.from(sound.toString().replace('"version":1', '"version":2')),
      /has format 2, made by a newer version/,
    ],
    [
      'garbage',
      Buffer.alloc(700_000, 'garbage '),
      /refused: That is no backup of kopano-presence\. Nothing was changed\./,
    ],
    ['packed', Buffer.from([0x1f, 0x8b, 8, 0]), /^The backup is compressed; unpack it: gunzip -c FILE/],
  ]
  for (const [name, content, sentence] of files) {
    await writeFile(join(daemon.folder, name), content)
    const outcome = await give(daemon, ['restore', name])
    assert.equal(outcome.code, 1, name)
    assert.match(outcome.err.join('\n'), sentence)
    assert.equal((await daemon.document('ada@example.test')).message, 'number 2')
  }
  const missing = await give(daemon, ['restore', 'missing'])
  assert.match(missing.err.join(), /^The backup missing cannot be read: ENOENT/)
  assert.deepEqual(
    (await readdir(join(daemon.folder, 'data'))).filter((name) => name.startsWith('restore')),
    [],
  )
})

test('a backup can go through pipes, and an unfinished one leaves the file as it was', async (context) => {
  const daemon = await started(context)
  await daemon.put([{ user_id: 'ada@example.test', spreed: said(1) }])
  const { out, code } = await give(daemon, ['backup', '-'])
  assert.equal(code, 0)
  await daemon.put([{ user_id: 'ada@example.test', spreed: said(2) }])
  const input = () => Readable.from(out.map((piece) => Buffer.from(piece)))
  const restored = await give(daemon, ['restore', '-'], { input })
  assert.equal(restored.code, 0, restored.err.join('\n'))
  assert.equal((await daemon.document('ada@example.test')).message, 'number 1')

  await writeFile(join(daemon.folder, 'earlier'), 'earlier')
  const ended = () => AbortSignal.abort()
  assert.equal((await give(daemon, ['backup', 'earlier'], { ended })).code, 1)
  await daemon.end()
  assert.equal((await give(daemon, ['backup', 'earlier'])).code, 1)
  assert.equal(await readFile(join(daemon.folder, 'earlier'), 'utf8'), 'earlier')
  assert.deepEqual(
    (await readdir(daemon.folder)).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('nobody but whoever has the secret makes or restores backups', async (context) => {
  const daemon = await started(context)
  for (const [method, path] of [
    ['GET', 'backup'],
    ['PUT', 'restore?offset=0'],
    ['POST', 'restore'],
  ] as const) {
    assert.equal((await daemon.ask(method, `/operator/${path}`)).status, 403, path)
  }
  const operator = daemon.token('kopano-presence:operator')
  const headers = { authorization: `Bearer ${Buffer.from(operator).toString('base64url')}` }
  const late = await fetch(`${daemon.url}/operator/restore?offset=5`, { method: 'PUT', headers, body: 'x' })
  assert.equal(late.status, 409)
  const put = await fetch(`${daemon.url}/v1/users/ada/spreed`, { method: 'PUT', headers, body: '{"status":"busy"}' })
  assert.equal(put.status, 403)
})
