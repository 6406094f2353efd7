// Makes the configured sources, and runs the collectors among them: start, reload, stop.
import { isDeepStrictEqual } from 'node:util'
import type { ConfiguredPlugin } from '../config/plugins.ts'
import type { Clock } from '../core/clock.ts'
import { FatalError, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Collector, isCollector, type PluginContext, type PublishableSource } from '../core/plugin.ts'
import type { PresenceService } from '../core/presence-service.ts'
import type { SourceSetup } from '../core/sources.ts'
import type { UserMap } from '../core/user-map.ts'
import { contain } from './containment.ts'
import { LeasedCollector } from './leased.ts'
import { isBuiltIn } from './registry.ts'

/** What presence.cfg says of the plugins. */
export interface Plugins {
  readonly plugins: readonly ConfiguredPlugin[]
  readonly userMap: UserMap
}

export interface HostContext {
  readonly clock: Clock
  readonly log: Log
}

export class Host {
  readonly #context: HostContext
  #configured: Plugins
  #collectors: ReadonlyMap<string, Collector>
  #publishable: ReadonlyMap<string, PublishableSource>
  readonly #running = new Map<string, LeasedCollector>()

  /** Makes the sources; nothing runs yet. */
  constructor(configured: Plugins, context: HostContext) {
    this.#context = context
    this.#configured = configured
    const made = make(configured, context)
    this.#collectors = made.collectors
    this.#publishable = made.publishable
  }

  /** The sources in the order of `plugins`, as the service wants to know them. */
  get setups(): readonly SourceSetup[] {
    return this.#configured.plugins.map(({ source: name }) => {
      const collector = this.#collectors.get(name)
      if (collector === undefined) return { name, kind: 'publishable' }
      return { name, kind: 'collector', grace: collector.grace }
    })
  }

  get publishable(): ReadonlyMap<string, PublishableSource> {
    return this.#publishable
  }

  /** Starts every collector, here or on another node of the same service. */
  start(service: PresenceService): void {
    for (const [name, collector] of this.#collectors) {
      const source = service.collector(name)
      if (source === undefined) continue
      const leased = new LeasedCollector(source, collector, this.#context)
      this.#running.set(name, leased)
      leased.start()
    }
  }

  /**
   * Takes over the options and the user map of another configuration with the same sources. Only a collector for which
   * something has changed connects anew; its users are stale meanwhile, and no status changes.
   */
  reload(configured: Plugins): void {
    const before = this.#configured
    const { collectors, publishable } = make(configured, this.#context)
    for (const [name, collector] of collectors) {
      const options = ({ plugins }: Plugins) => plugins.find(({ source }) => source === name)?.options
      const same = isDeepStrictEqual(options(before), options(configured))
      if (same && before.userMap.sameFor(name, configured.userMap)) continue
      this.#context.log.info(`${name}: connecting anew, with its new options or user map`)
      this.#running.get(name)?.restart(collector)
    }
    this.#configured = configured
    this.#collectors = collectors
    this.#publishable = publishable
  }

  /** Resolves when every collector is silent, and other nodes may run them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((leased) => leased.stop()))
  }
}

function make({ plugins, userMap }: Plugins, { clock, log }: HostContext) {
  const collectors = new Map<string, Collector>()
  const publishable = new Map<string, PublishableSource>()
  for (const { source, definition, options } of plugins) {
    const mapUser = (id: string): string | undefined => userMap.find(source, id)
    const mappedIds = (): readonly string[] => userMap.ids(source)
    const made = created(definition, options, { source, log: log.named(source), clock, mapUser, mappedIds })
    if (isCollector(made)) collectors.set(source, made)
    else publishable.set(source, made)
  }
  return { collectors, publishable }
}

/** How long users whom a plugin knew keep their state when it can't even be made. */
const BROKEN_GRACE = 60_000

/** What a plugin makes; of one that throws or makes no source, a collector that says so, since the others shall run. */
function created(
  definition: ConfiguredPlugin['definition'],
  options: unknown,
  context: PluginContext,
): Collector | PublishableSource {
  const blamed = (error: unknown): void => {
    context.log.warn(
      `something that was begun while it was made has thrown: ${reason(error)}; tell the author of the plugin`,
    )
  }
  try {
    const make = () => definition.create(options, context)
    // Once anything is contained Node follows every promise and timer, which slows each request down by a tenth: so not without need.
    const made = isBuiltIn(definition) ? make() : contain(blamed, make)
    const mistake = mistakeIn(made)
    if (mistake !== undefined) throw new TypeError(mistake)
    return made
  } catch (error) {
    const broken = new FatalError(`the plugin could not be made: ${reason(error)}`)
    return { grace: BROKEN_GRACE, run: () => Promise.reject(broken) }
  }
}

/** What is wrong with what a plugin has made, whatever its types have promised. */
function mistakeIn(made: unknown): string | undefined {
  const { run, grace, accept, withdrawn } = Object(made)
  if (typeof accept === 'function' && typeof withdrawn === 'function' && run === undefined) return undefined
  if (typeof run !== 'function') return 'its create() returned neither a collector nor a publishable source'
  const fits = Number.isFinite(grace) && grace >= 0
  return fits ? undefined : `its grace must be a number of milliseconds, and is ${String(grace)}`
}
