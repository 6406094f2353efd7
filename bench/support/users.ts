// Users of the measurements: ids of 20 bytes, what two sources say of each, and one message in ten their own.
import { silentLog } from '../../src/core/log.ts'
import type { Status } from '../../src/core/presence.ts'
import type { Change } from '../../src/core/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'

const GROUP = 5_000

export interface Filling {
  /** Of the data folder, which is made. */
  readonly path: string
  readonly users: number
  readonly sources: readonly string[]
  /** When what spreed says ends, epoch milliseconds of the wall clock. */
  readonly expires: number
}

export function userId(number: number): string {
  return `u${String(number).padStart(7, '0')}@example.com`
}

/** Leaves a store behind as a daemon would that knew all of them. */
export async function fillStore({ path, users, sources, expires }: Filling): Promise<void> {
  const store = await openEmbeddedStore({ path, sync: false, log: silentLog })
  const now = Date.now()
  const changeOf = (number: number, source: string): Change => {
    const status: Status = number % 3 === 0 ? 'away' : 'available'
    const message = number % 10 === 0 ? `message ${number}` : ''
    const said = { status, message, since: now - (number % 10_000), updated: now } as const
    const presence = source === 'spreed' ? { ...said, expires, atExpiry: 'unavailable' as const } : said
    return { userId: userId(number), source, presence, mark: { status, since: said.since } }
  }
  try {
    for (let first = 0; first < users; first += GROUP) {
      const numbers = Array.from({ length: Math.min(GROUP, users - first) }, (_, index) => first + index)
      await store.save(numbers.flatMap((number) => sources.map((source) => changeOf(number, source))))
    }
  } finally {
    await store.close()
  }
}
