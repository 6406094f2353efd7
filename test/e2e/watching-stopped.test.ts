// A reader that stops reading: what it costs the daemon, measured, and what it is told when it goes on.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { inParallel } from '../support/in-parallel.ts'
import { type VersionDocument, VersionWatcher } from '../support/version-watcher.ts'

const USERS = 500
const CHANGES = 100_000
/** In one request. */
const BATCH = 500
const ROUNDS = CHANGES / USERS
/** With it, 100,000 documents are some 130 MB. */
const PADDING = ' '.repeat(1_000)
const STOPPED = 20
/** For all stopped readers together, in MiB; a backlog of a single one would be twice that. */
const BOUND = 64
/** How often everybody changes before the daemon is measured for the first time, when its own heap has grown to its usual size. */
const WARM_UP = 60

test('20 readers that stop while 100,000 changes pass cost a bounded memory, and get the newest state of each user', async (t) => {
  const daemon = await startDaemon({
    config: { plugins: 'spreed', spreed_auto_unavailable: 60 },
    // The garbage collector decides when it works: with little room it does so before memory looks lost.
    env: { NODE_OPTIONS: '--max-semi-space-size=2' },
  })
  t.after(() => daemon.stop())
  await changeAll(daemon, 0, WARM_UP)
  const before = residentMebibytes(daemon)
  const readers = await Promise.all(Array.from({ length: STOPPED }, () => startReader(t, daemon)))
  for (const { response } of readers) response.pause()
  await changeAll(daemon, WARM_UP, WARM_UP + ROUNDS)
  const grown = residentMebibytes(daemon) - before
  t.diagnostic(
    `${CHANGES} changes: the daemon grew by ${grown} MiB from ${before} MiB, with ${STOPPED} readers stopped`,
  )
  assert.ok(grown < BOUND, `it grew by ${grown} MiB`)

  const last = `${WARM_UP + ROUNDS} busy`
  for (const { response } of readers) response.resume()
  const upToDate = async () =>
    readers.map(({ watcher }) => [...watcher.known.values()].filter((state) => state === last).length)
  const all = await daemon.until(upToDate, (counts) => counts.every((count) => count === USERS), 60_000)
  assert.equal(all.length, STOPPED)
  for (const { watcher } of readers) {
    assert.deepEqual(watcher.mistakes, [])
    assert.ok(watcher.events < CHANGES / 5, `${watcher.events} events are a backlog`)
  }
  t.diagnostic(
    `when they went on, each was told at most ${Math.max(...readers.map(({ watcher }) => watcher.events))} times`,
  )
})

/** Changes every user once in each round. */
async function changeAll(daemon: Daemon, first: number, end: number): Promise<void> {
  const rounds = Array.from({ length: end - first }, (_, index) => first + index + 1)
  // One after the other, so that the versions come in order.
  await inParallel(rounds, 1, async (version) => {
    for (let from = 0; from < USERS; from += BATCH) {
      const message = `${version}${PADDING}`
      const entries = Array.from({ length: BATCH }, (_, index) => ({
        user_id: `user${from + index}@example.test`,
        spreed: { status: 'busy', message },
      }))
      await daemon.put(entries)
    }
  })
}

function residentMebibytes({ pid }: Daemon): number {
  const [, kibibytes = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kibibytes) / 1024)
}

interface StoppedReader {
  readonly watcher: VersionWatcher
  readonly response: IncomingMessage
}

/** Resolves when it was told how everybody is. */
function startReader(t: TestContext, daemon: Daemon): Promise<StoppedReader> {
  const watcher = new VersionWatcher()
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${daemon.token()}` }
    const asked = request(`${daemon.url}/v1/watch`, { headers, agent: false }, (response) => {
      let rest = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          if (block.startsWith('event: ready')) resolve({ watcher, response })
          const [, data] = /^event: presence\n(?:id: .*\n)?data: (.*)$/.exec(block) ?? []
          if (data !== undefined) watcher.see(JSON.parse(data) as VersionDocument)
        }
      })
      response.on('error', reject)
    })
    t.after(() => asked.destroy())
    asked.on('error', reject)
    asked.end()
  })
}
