// The leases of a node: each asked for by a script, and woken when another node gives one back.
import { randomBytes } from 'node:crypto'
import type { Lease } from '../../core/store.ts'
import { type Layout, NEWS } from './layout.ts'
import { RedisLease } from './lease.ts'
import { LEASE, RELEASE } from './scripts.ts'
import type { Servers } from './servers.ts'

export interface LeasesOptions {
  readonly servers: Servers
  readonly layout: Layout
  /** The node's own name. */
  readonly node: string
  /** For how long a lease is granted, in milliseconds. */
  readonly time: number
  readonly streamLength: number
}

export class Leases {
  readonly #options: LeasesOptions
  readonly #leases = new Map<RedisLease, string>()

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  make(name: string): Lease {
    const { servers, layout, node, time, streamLength } = this.#options
    const { meta, stream } = layout.of(0)
    const key = layout.lease(name)
    // Two leases of one node are different holders as well.
    const holder = `${node}-${randomBytes(6).toString('hex')}`
    const number = async (answer: unknown): Promise<number> => Number(answer)
    const news = Buffer.concat([Buffer.from([NEWS.lease]), Buffer.from(name)])
    const lease = new RedisLease({
      time,
      ask: (fence) => {
        const keys = [meta, layout.rest(0), key]
        return servers.run(0, LEASE, keys, [holder, String(time), String(fence)], number)
      },
      giveBack: async () => {
        await servers.run(0, RELEASE, [meta, key, stream], [holder, `${node}:0`, String(streamLength), news], number)
      },
      gone: () => this.#leases.delete(lease),
    })
    this.#leases.set(lease, name)
    return lease
  }

  /** Another node has given it back. */
  wake(name: string): void {
    for (const [lease, of] of this.#leases) if (of === name) lease.wake()
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#leases.keys()].map((lease) => lease.release()))
  }
}
