// Somebody who watches with the SDK, through every loss of the connection, and is told nothing that can't be true.
import type { PresenceDocument, WatchChoice } from '../../src/client/index.ts'
import { decided } from '../support/combined-rule.ts'
import { Reader } from './history.ts'
import type { Source } from './plan.ts'
import { GONE, NOTHING, type Role } from './role.ts'
import { ORDER } from './settings.ts'
import { clientOf, type Way } from './web-roles.ts'

/** A collector's trouble: from then on its grace may be over (milliseconds of `performance.now`). */
export type Outages = ReadonlyMap<Source, number>

export class ChaosWatcher {
  readonly name: string
  readonly picture = new Map<string, PresenceDocument>()
  /** Every flap that it has seen, and every document that contradicts itself. */
  readonly mistakes: string[] = []
  events = 0
  losses = 0
  readonly #roles: readonly Role[]
  readonly #outages: Outages
  readonly #reader = new Reader()
  readonly #controller = new AbortController()
  readonly #done: Promise<void>
  readonly #seen: () => void

  /** `seen` is called after each event. */
  constructor(
    parts: { name: string; way: Way; choice: WatchChoice; roles: readonly Role[]; outages: Outages },
    seen: () => void,
  ) {
    this.name = parts.name
    this.#roles = parts.roles
    this.#outages = parts.outages
    this.#seen = seen
    this.#done = this.#watch(parts.way, parts.choice)
  }

  async stop(): Promise<void> {
    this.#controller.abort()
    await this.#done
  }

  async #watch(way: Way, choice: WatchChoice): Promise<void> {
    // Its tokens are its own, its users those of others.
    const client = clientOf(way, 'watcher@example.test')
    for await (const event of client.watch(choice, { signal: this.#controller.signal })) {
      if (event.type === 'lost') this.losses += 1
      if (event.type === 'presence') this.#see(event.document)
      this.#seen()
    }
  }

  #see(document: PresenceDocument): void {
    const now = performance.now()
    const { user_id, sources, status, source } = document
    this.events += 1
    this.picture.set(user_id, document)
    const right = decided(sources, ORDER)
    const combined = source === null ? 'nobody' : `${status} ${source}`
    if (combined !== right) this.mistakes.push(`${user_id}: combined as ${combined} of ${JSON.stringify(sources)}`)
    for (const role of this.#roles) {
      if (role.person !== user_id) continue
      const section = sources[role.source]
      const state = section === undefined ? NOTHING : `${section.status}: ${section.message}`
      if (this.#reader.sees(role.history, state, now)) continue
      if (role.excuses(state, now) || this.#isPastGrace(role, state, now)) continue
      const stale = section?.stale === true ? ' (stale)' : ''
      this.mistakes.push(`${user_id}: ${role.source} says "${state}"${stale}; they were ${role.history}`)
    }
  }

  #isPastGrace({ source }: Role, state: string, now: number): boolean {
    const over = this.#outages.get(source)
    return state === GONE && over !== undefined && now >= over
  }
}
