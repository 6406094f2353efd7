// What a 200 is worth: an update that was answered so survives, and nobody is answered before the disk has it.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDaemon } from '../support/daemon.ts'

const spreed = { status: 'busy', message: 'writing' }

test('an update that was answered with 200 is there after kill -9 at once', async (context) => {
  const daemon = await startDaemon({ config: { plugins: 'spreed' } })
  context.after(() => daemon.stop())
  const answered: string[] = []
  for (let round = 0; round < 5; round += 1) {
    const users = Array.from({ length: 20 }, (_, index) => `user${round}.${index}@example.test`)
    const asked = users.map(async (user_id) => {
      await daemon.put([{ user_id, spreed }])
      answered.push(user_id)
    })
    // As soon as the first is answered; the others may or may not be.
    await Promise.race(asked)
    await daemon.end('SIGKILL')
    await Promise.allSettled(asked)
    await daemon.start()
    for (const entry of await daemon.get(answered)) assert.deepEqual(entry.spreed, spreed, entry.user_id)
  }
  assert.ok(answered.length >= 5)
})

test('the flush comes before the answer', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'presence-trace-'))
  context.after(() => rm(folder, { recursive: true }))
  const trace = join(folder, 'trace')
  const calls = 'trace=fdatasync,fsync,msync,write,writev,sendto,read,pwrite64,openat'
  const through = ['strace', '-D', '-f', '-y', '-s', '64', '-o', trace, '-e', calls]
  const daemon = await startDaemon({ config: { plugins: 'spreed' }, through })
  context.after(() => daemon.stop())
  await daemon.put([{ user_id: 'ada@example.test', spreed }])
  await daemon.end()

  const lines = whole((await readFile(trace, 'utf8')).split('\n'))
  const asked = lines.findIndex((line) => / read\(.*"PUT \/ HTTP/.test(line))
  const answer = lines.findIndex(
    (line, index) => index > asked && /(write|writev|sendto)\(.*"HTTP\/1\.1 200/.test(line),
  )
  assert.ok(asked >= 0 && answer > asked, 'the request and its answer are in the trace')
  const between = lines.slice(asked, answer)
  const step = (pattern: RegExp): number => between.findIndex((line) => pattern.test(line))
  const pages = step(/ p?writev?(64)?\(\d+<.*presence\.mdb>/)
  const flush = step(/ fdatasync\(\d+<.*presence\.mdb>\) += 0$/)
  // The page that makes the others count goes through a descriptor of its own, whose writes are flushes.
  const root = between.findLastIndex((line) => / pwrite64\(\d+<.*presence\.mdb>.*, 128, \d+\) += 128$/.test(line))
  assert.ok(pages >= 0 && pages < flush && flush < root, `not flushed before the answer:\n${between.join('\n')}`)
  const descriptor = / pwrite64\((\d+)</.exec(between[root] ?? '')?.[1]
  assert.ok(
    lines.some((line) => line.includes('presence.mdb') && /O_D?SYNC/.test(line) && line.includes(`= ${descriptor}<`)),
  )
})

/** A call that another thread's interrupted in the trace stands whole where it came back, and begun where it began. */
function whole(lines: readonly string[]): string[] {
  const begun = new Map<string, string>()
  return lines.map((line) => {
    const [, thread = '', call = ''] = /^(\d+) +(.*) <unfinished \.\.\.>$/.exec(line) ?? []
    if (thread !== '') begun.set(thread, call)
    return line.replace(/^(\d+) +<\.\.\. \w+ resumed>/, (_, back: string) => `${back}  ${begun.get(back) ?? ''}`)
  })
}
