// What clients make of users: publications and withdrawals, checked against the rules, saved and then visible.
import type { Clock } from './clock.ts'
import { SavingError } from './errors.ts'
import { intentOf } from './intents.ts'
import type { ServiceRules } from './rules.ts'
import type { SaveQueue } from './save-queue.ts'
import type { Intent } from './saving.ts'
import type { SectionPublication } from './sources.ts'
import { LOADED } from './standing.ts'
import { foldUserId } from './user-id.ts'
import { UserQuota } from './user-quota.ts'
import type { UserTable } from './user-table.ts'

export interface PublishingParts {
  readonly clock: Clock
  readonly table: UserTable
  readonly queue: SaveQueue
  rules(): ServiceRules
  /** The names of all configured sources. */
  sources(): Iterable<string>
}

export class Publishing {
  readonly #parts: PublishingParts
  readonly #quota: UserQuota
  #stopped = false

  constructor(parts: PublishingParts) {
    this.#parts = parts
    this.#quota = new UserQuota(parts.table)
  }

  /** From now on everything is refused. */
  stop(): void {
    this.#stopped = true
  }

  /** The folded id of the user whom a source means by this one, as the user map says. */
  userOf(source: string, userId: string): string {
    return foldUserId(this.#parts.rules().userMap.find(source, userId) ?? userId)
  }

  /** See PresenceService.publish. */
  async publish(sections: readonly SectionPublication[]): Promise<void> {
    const now = this.#parts.clock.now()
    // All of them before the first is added: what a plugin refuses, or breaks at, leaves nothing half done.
    const intents = sections.map((section) => this.#intentOf(section, now))
    const said = intents.filter(({ publication }) => publication !== undefined)
    const release = this.#quota.hold(
      said.map(({ userId }) => userId),
      this.#parts.rules().maxUsers ?? Number.POSITIVE_INFINITY,
    )
    await this.saveAll(intents).finally(release)
  }

  /** See PresenceService.forget. */
  forget(userId: string): Promise<void> {
    const folded = foldUserId(userId)
    const at = this.#parts.clock.now()
    const withdrawal = { userId: folded, publication: undefined, at, session: LOADED }
    return this.saveAll([...this.#parts.sources()].map((source) => ({ ...withdrawal, source })))
  }

  /** Resolves when every item that was added has been saved; rejects when one failed. */
  saveAll(items: readonly Intent[]): Promise<void> {
    if (this.#stopped) return Promise.reject(new SavingError('the daemon is stopping'))
    if (items.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      let left = items.length
      const saved = (): void => {
        left -= 1
        if (left === 0) resolve()
      }
      for (const item of items) this.#parts.queue.add(item, { saved, failed: reject })
    })
  }

  #intentOf(section: SectionPublication, now: number): Intent {
    const { source } = section
    const plugin = this.#parts.rules().publishable.get(source)
    if (plugin === undefined) throw new TypeError(`${source} is no source that clients publish to`)
    const userId = this.userOf(source, section.userId)
    return intentOf(section, { plugin, userId, current: this.#parts.table.slot(userId, source)?.presence, now })
  }
}
