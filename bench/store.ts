// Measures the embedded store: saves a second at several concurrencies, and how fast a million entries are loaded.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { silentLog } from '../src/core/log.ts'
import type { Change } from '../src/core/store.ts'
import { type EmbeddedStore, openEmbeddedStore } from '../src/store/embedded.ts'

const ENTRIES = 1_000_000
const USERS = [10_000, ENTRIES]
const CONCURRENCIES = [1, 32, 256]
/** How long each is measured, in milliseconds. */
const SPAN = 3000
const GROUP = 5000

// The data folder lies below TMPDIR: set it to measure another disk.
const path = await mkdtemp(join(tmpdir(), 'kopano-presence-bench-'))
try {
  let filled = 0
  for (const users of USERS) {
    const store = await open(true)
    await fill(store, filled, users)
    filled = users
    await store.close()
    for (const sync of [true, false])
      for (const concurrency of CONCURRENCIES) await measureSaves(users, sync, concurrency)
  }
  for (let round = 0; round < 3; round += 1) await measureLoading()
} finally {
  await rm(path, { recursive: true })
}

function open(sync: boolean): Promise<EmbeddedStore> {
  return openEmbeddedStore({ path, sync, log: silentLog })
}

async function fill(store: EmbeddedStore, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += GROUP) {
    await store.save(Array.from({ length: GROUP }, (_, index) => changeOf(first + index)))
  }
}

/** An id of 20 bytes, and for one in ten a message. */
function changeOf(user: number): Change {
  const now = Date.now()
  const message = user % 10 === 0 ? `message ${user}` : ''
  const presence = { status: 'available', message, since: now, updated: now } as const
  return {
    userId: `u${String(user).padStart(7, '0')}@example.com`,
    source: 'xmpp',
    presence,
    mark: { status: 'available', since: now },
  }
}

async function measureSaves(users: number, sync: boolean, concurrency: number): Promise<void> {
  const store = await open(sync)
  const begin = performance.now()
  let saves = 0
  const saver = async (): Promise<void> => {
    while (performance.now() - begin < SPAN) {
      await store.save([changeOf(Math.floor(Math.random() * users))])
      saves += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, saver))
  const rate = (saves / (performance.now() - begin)) * 1000
  const how = `${users} users, ${sync ? 'sync' : 'no sync'}, ${concurrency} at a time`
  console.log(`${how.padEnd(45)} ${Math.round(rate).toString().padStart(8)} saves/s`)
  await store.close()
}

async function measureLoading(): Promise<void> {
  const begin = performance.now()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const store = await open(true)
  const opened = performance.now()
  let entries = 0
  for await (const _ of store.load()) entries += 1
  const end = performance.now()
  delay.disable()
  const rate = Math.round((entries / (end - opened)) * 1000)
  const { size } = await stat(join(path, 'presence.mdb'))
  console.log(
    `${entries} entries (${Math.round(size / 2 ** 20)} MiB): checked and opened in ${Math.round(opened - begin)} ms, ` +
      `loaded in ${Math.round(end - opened)} ms (${rate}/s), longest stall ${Math.round(delay.max / 1e6)} ms`,
  )
  await store.close()
}
