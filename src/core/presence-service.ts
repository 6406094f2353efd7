// The presence service: publish, withdraw, read, expire; the only writer of the store.
import { hostname } from 'node:os'
import { Applying } from './applying.ts'
import { Backups } from './backup/backups.ts'
import type { Clock } from './clock.ts'
import { Deadlines } from './deadlines.ts'
import { type Circumstances, derive, presenceOf, type Said, tellSections } from './derive.ts'
import { Drafts } from './drafts.ts'
import { Following } from './following.ts'
import { Lasting } from './lasting.ts'
import { loadTable } from './loading.ts'
import type { Log } from './log.ts'
import type { PublishableSource } from './plugin.ts'
import type { Presence } from './presence.ts'
import { excerpt } from './printable.ts'
import { Publishing } from './publishing.ts'
import { circumstancesOf, type ServiceRules } from './rules.ts'
import { SaveQueue } from './save-queue.ts'
import type { Boot } from './saved-clock.ts'
import type { Saver } from './saving.ts'
import { CollectorSource } from './sessions.ts'
import { SignsOfLife } from './signs-of-life.ts'
import { readySource, type SectionPublication, type SourceInfo, type SourceKind, type SourceSetup } from './sources.ts'
import type { PresenceStore, StoreState } from './store.ts'
import { Tally } from './tally.ts'
import { foldUserId } from './user-id.ts'
import type { Page, PageQuery } from './user-index.ts'
import { type UserRecord, UserTable } from './user-table.ts'
import { Watching } from './watching.ts'

export type { ServiceRules } from './rules.ts'

/** The lease of the node that saves what deadlines make of users. */
const IN_CHARGE = 'deadlines'

export interface ServiceOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly log: Log
  readonly sources: readonly SourceSetup[]
  readonly rules: ServiceRules
  /** What this node is called beside others on the same store; else as the machine is. */
  readonly node?: string
  /** How long the machine has run, where that can be known. */
  readonly boot?: () => Boot | undefined
}

export class PresenceService {
  readonly #clock: Clock
  readonly #store: PresenceStore
  readonly #setups: ReadonlyMap<string, SourceSetup>
  readonly #collectors = new Map<string, CollectorSource>()
  readonly #table = new UserTable()
  readonly #queue: SaveQueue
  readonly #publishing: Publishing
  readonly #applying: Applying
  readonly #deadlines: Deadlines
  readonly #life: SignsOfLife
  readonly #circumstances: Circumstances
  /** Who is told of changes. */
  readonly watching: Watching
  readonly backups: Backups
  readonly tally = new Tally()
  readonly #following: Following
  readonly #startedAt: number
  #rules: ServiceRules

  private constructor(options: ServiceOptions, records: ReadonlyMap<string, unknown>) {
    const { clock, store, log } = options
    this.#clock = clock
    this.#store = store
    this.#rules = options.rules
    this.#startedAt = clock.now()
    this.#setups = new Map(options.sources.map((setup) => [setup.name, setup]))
    const saver: Saver = {
      begin: () => this.#applying.begin(),
      change: (waiting) => this.#applying.change(waiting),
      saved: (waiting, change, version) => this.#applying.saved(waiting, change, version),
      overtaken: (waiting, change, current) => this.#applying.overtaken(waiting, change, current),
      fenced: (waiting) => this.#applying.fenced(waiting),
      dropped: (waiting) => this.#applying.dropped(waiting),
    }
    this.#queue = new SaveQueue(store, clock, log, saver, this.tally)
    this.#circumstances = circumstancesOf({
      order: [...this.#setups.keys()],
      rules: () => this.#rules,
      standingOf: (source) => this.#collectors.get(source)?.standing,
      queue: this.#queue,
    })
    const drafts = new Drafts(this.#table, this.#circumstances, clock, store.shared)
    const standings = (): Iterable<CollectorSource> => this.#collectors.values()
    const turned = (userId: string): void => this.watching.turned(userId)
    const lease = store.lease(IN_CHARGE)
    const isInCharge = (): boolean => lease.held
    this.#deadlines = new Deadlines(clock, this.#table, this.#queue, this.#circumstances, standings, turned, isInCharge)
    lease.onChange((held) => {
      if (held) void this.#deadlines.takeOver()
    })
    const isTurned = (user: UserRecord): boolean =>
      user.slots.some((slot) => derive(user.userId, slot, this.#circumstances, clock.now()).turned !== undefined)
    const collectors = options.sources.filter(({ kind }) => kind === 'collector').map(({ name }) => name)
    const read = (userId: string): Presence => this.read(userId)
    this.watching = new Watching({ table: this.#table, clock, store, read, isTurned }, collectors)
    this.#applying = new Applying({
      ...{ table: this.#table, drafts, deadlines: this.#deadlines, watching: this.watching, shared: store.shared },
      isKnown: (source) => this.#setups.has(source),
      fenced: ({ source, userId }) =>
        log.debug(`${source}: another node runs it now; ${excerpt(userId, 100)} was not saved`),
    })
    const standingChanged = (source: string, stale: boolean): void => {
      this.#deadlines.arm()
      if (stale) void this.watching.lost(source)
    }
    const { node = hostname() } = options
    const around = { store, clock, log, node, table: this.#table, queue: this.#queue, standingChanged }
    this.#publishing = new Publishing({ ...around, rules: () => this.#rules, sources: () => this.#setups.keys() })
    this.backups = new Backups({
      ...around,
      isPublishable: (source) => this.#rules.publishable.has(source),
      save: (intents) => this.#publishing.saveAll(intents),
    })
    for (const setup of options.sources) {
      if (setup.kind !== 'collector') continue
      const { name, grace } = setup
      this.#collectors.set(name, new CollectorSource(name, grace, records.get(`source ${name}`), around))
    }
    this.#life = new SignsOfLife({
      ...around,
      collectors: standings,
      boot: options.boot,
      records,
      forgetAfter: () => this.#rules.forgetAfter,
      isInCharge,
    })
    const recordTold = (name: string, value: unknown): void => {
      const source = /^source (.+)$/s.exec(name)?.[1]
      if (source !== undefined) this.#collectors.get(source)?.told(value)
    }
    this.#following = new Following({ ...around, applying: this.#applying, watching: this.watching, recordTold })
    if (store.shared) store.follow(this.#following)
  }

  /** Loads everything from the store; afterwards the first answer is right. */
  static async start(options: ServiceOptions): Promise<PresenceService> {
    const service = new PresenceService(options, await options.store.records())
    const known = new Set(service.#setups.keys())
    await loadTable({ ...options, table: service.#table, sources: known, now: options.clock.now() })
    service.#following.loaded()
    for (const collector of service.#collectors.values()) await collector.saveStanding()
    await service.#deadlines.watchAll()
    await service.#life.start()
    return service
  }

  /** Everything known of a user now. Any spelling of the id; times are those of the daemon's clock. */
  read(userId: string): Presence {
    return presenceOf(this.#table.get(foldUserId(userId)), this.#circumstances, this.#clock.now())
  }

  /** Tells what each source says of a user now, in their order: less than `read`, and sooner. */
  tellSections(userId: string, tell: (source: string, said: Said) => void): void {
    const user = this.#table.get(foldUserId(userId))
    if (user !== undefined) tellSections(user, this.#circumstances, this.#clock.now(), tell)
  }

  /** How long what `tellSections` tells of these users lasts; undefined where that can't be said. */
  lasting(userIds: readonly string[]): Lasting | undefined {
    return Lasting.of(userIds.map(foldUserId), this.#table, this.#circumstances, this.#clock)
  }

  /** A page of the users known, in no particular order. Throws CursorError when the cursor is none of this run. */
  page(query: PageQuery): Page {
    const { domain } = query
    return this.#table.page(domain === undefined ? query : { ...query, domain: foldUserId(domain) })
  }

  /** The folded id of the user whom a source means by this one, as the user map says. */
  userOf(source: string, userId: string): string {
    return this.#publishing.userOf(source, userId)
  }

  /** The kind of a configured source; undefined for a name that is none. */
  kindOf(source: string): SourceKind | undefined {
    return this.#setups.get(source)?.kind
  }

  /** What is to be known of a source that clients publish to; undefined for others. */
  publishable(source: string): PublishableSource | undefined {
    return this.#rules.publishable.get(source)
  }

  /** The collectors that have not settled since the daemon's start: without them "unavailable" may mean "not heard yet". */
  pending(): readonly string[] {
    return [...this.#collectors.values()].filter(({ standing }) => !standing.settledOnce).map(({ name }) => name)
  }

  /** Every configured source, in their order. */
  sources(): readonly SourceInfo[] {
    return [...this.#setups.keys()].map((name) => {
      return this.#collectors.get(name)?.info() ?? readySource(name, this.#startedAt, this.#table.count(name))
    })
  }

  /** The collector's sessions, for the host of the plugins; undefined for a source that is no collector. */
  collector(source: string): CollectorSource | undefined {
    return this.#collectors.get(source)
  }

  /**
   * Publishes for publishable sources, the last of repeats winning. Resolves when all is saved and visible; rejects with
   * SavingError when something could not be saved (repeating is safe), and with TooManyUsersError when there would be too many users.
   */
  publish(sections: readonly SectionPublication[]): Promise<void> {
    return this.#publishing.publish(sections)
  }

  /** Forgets a user at once, in memory and in the store. What sources say of them later counts again. */
  forget(userId: string): Promise<void> {
    return this.#publishing.forget(userId)
  }

  /** Takes over rules that have changed. */
  configure(rules: ServiceRules): void {
    this.#rules = rules
    void this.watching.rulesChanged()
  }

  /** How the store is: without it reads go on, from memory. Complete: everything is known that other nodes have saved. */
  get store(): StoreState & { readonly complete: boolean } {
    return { ...this.#store.state, complete: this.#following.isComplete }
  }

  /** Resolves when everything that was said has been saved, or has just failed to be. */
  async idle(): Promise<void> {
    await this.#following.idle()
    await this.#deadlines.idle()
    await this.#queue.idle()
  }

  /** Saves what waits, ends all timers and closes the store. Publications are refused from now on. */
  async close(): Promise<void> {
    this.#publishing.stop()
    this.#following.close()
    this.#deadlines.close()
    await this.#life.close()
    await this.#queue.close()
    await this.#store.close()
  }
}
