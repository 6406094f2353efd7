// Tells the story of a seed to the daemon, round by round, and looks after each whether everything is right.
import { chosenFaults, FAULTS, type FaultName } from './fault-names.ts'
import { faults, type Stage } from './faults.ts'
import { growth, type Level, levelOf } from './levels.ts'
import { type Action, type Round, type Source, story } from './plan.ts'
import { seconds, untilRight } from './right.ts'
import { boundOf, GRACE, limitOf } from './settings.ts'
import { SpreedRole } from './web-roles.ts'
import { type CleanUp, createWorld, PARTS, type Watching, type World } from './world.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly rounds: number
  readonly short: boolean
  /** Only faults with this in their names. */
  readonly only?: string
  /** How often the links are cut at the end, in one life of the daemon, while memory and descriptors are looked at. */
  readonly cycles: number
}

/** How much of a life's memory may come later than its begin: the caches fill, and the garbage collector is in no hurry. */
const ALLOWANCE = { share: 0.15, memory: 10, descriptors: 3 }

/** Tells of each round as it goes; rejects at the first difference, with all that is needed to repeat it. */
export async function runChaos(options: ChaosOptions, cleanUp: CleanUp, tell: (line: string) => void): Promise<void> {
  const world = await createWorld(cleanUp)
  const chaos = new Chaos(world, tell)
  await chaos.begin()
  for (const round of story({ ...options, kinds: chosenFaults(options), parts: PARTS })) {
    try {
      await chaos.play(round)
    } catch (error) {
      const where = `seed ${options.seed}${options.short ? ' (short)' : ''}, round ${round.number}: ${round.fault}`
      const log = world.daemon.logLines.slice(-40).join('\n')
      throw new Error(
        `${where}\n${told(round)}\n${error instanceof Error ? error.message : error}\nThe daemon's log:\n${log}`,
      )
    }
  }
  await chaos.end(options.cycles)
}

class Chaos {
  readonly #world: World
  readonly #tell: (line: string) => void
  #watchers: readonly Watching[] = []

  constructor(world: World, tell: (line: string) => void) {
    this.#world = world
    this.#tell = tell
  }

  /** Everybody comes, and then the watchers. */
  async begin(): Promise<void> {
    const begin = performance.now()
    const come = PARTS.flatMap(({ person, source, devices }) =>
      source === 'manual' ? [] : devices.map((device) => ({ person, source, device })),
    )
    const first = { verb: 'comes', status: 'available' } as const
    await this.#act(come.map((who) => ({ ...who, ...first, message: `available at first on ${who.device}` })))
    await this.#right(limitOf(boundOf(['xmpp', 'irc'], 0)))
    this.#close()
    this.#watchers = this.#world.watch()
    await this.#right(limitOf(0))
    this.#tell(`everybody is there after ${seconds(performance.now() - begin)}`)
  }

  async play(round: Round<FaultName>): Promise<void> {
    const { outages, scribes } = this.#world
    const { hits } = FAULTS[round.fault]
    await this.#act(round.before)
    const begin = performance.now()
    const ofDaemon = hits.some((source: Source) => source === 'spreed')
    // A start of the daemon leaves half a minute to connect, at least.
    for (const source of hits) outages.set(source, begin + (ofDaemon ? 30 : GRACE) * 1000)
    let acting = Promise.resolve()
    const during = (): Promise<void> => {
      acting = this.#act(round.during)
      acting.catch(() => {})
      return acting
    }
    const stage: Stage = { world: this.#world, chance: round.chance, during }
    await faults[round.fault](stage)
    const over = performance.now()
    await Promise.all([acting, this.#act(round.after)])
    await Promise.all(scribes.filter((scribe) => scribe.wrote).map((scribe) => scribe.finish()))
    const bound = boundOf(hits, (over - begin) / 1000)
    await this.#right(limitOf(bound), bound * 1000)
    const took = performance.now() - over
    const { memory, descriptors } = levelOf(this.#world.daemon.pid)
    this.#tell(
      `round ${round.number}: ${round.fault}, for ${seconds(over - begin)}; right again after ${seconds(took)} (bound ${bound.toFixed(0)} s); ` +
        `${memory.toFixed(0)} MiB, ${descriptors} descriptors; ${told(round)}`,
    )
    this.#close()
  }

  /** One long life: the links are cut again and again, and nothing grows. */
  async end(cycles: number): Promise<void> {
    const { daemon, servers, front, scribes } = this.#world
    const levels: Level[] = []
    const writers = scribes.filter(({ source }) => source === 'manual')
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const before = servers.xmpp.link.accepted()
      servers.xmpp.link.cut()
      front.cut()
      for (let count = 0; count < 50; count += 1) await Promise.all(writers.map((scribe) => scribe.finish()))
      await daemon.until(
        async () => servers.xmpp.link.accepted(),
        (count) => count > before,
        limitOf(0),
      )
      await this.#right(limitOf(boundOf(['xmpp'], 1)))
      this.#close()
      levels.push(levelOf(daemon.pid))
    }
    const events = this.#watchers.reduce((sum, { watcher }) => sum + watcher.events, 0)
    const losses = this.#watchers.reduce((sum, { watcher }) => sum + watcher.losses, 0)
    this.#tell(`${events} events for ${this.#watchers.length} watchers, who were cut off ${losses} times, and no flap`)
    const shown = levels.map(({ memory, descriptors }) => `${memory.toFixed(0)} MiB ${descriptors}`).join(', ')
    this.#tell(`memory and descriptors over ${cycles} cuts: ${shown}`)
    const grown = growth(levels, ALLOWANCE)
    if (grown.length > 0) throw new Error(grown.join('; '))
  }

  async #act(actions: readonly Action[]): Promise<void> {
    await Promise.all(
      actions.map((action) => {
        const role = this.#world.roles.find(
          ({ person, source }) => person === action.person && source === action.source,
        )
        return role?.act(action)
      }),
    )
  }

  #right(limit: number, bound = limit): Promise<void> {
    const { roles, scribes, everybody, nextEvent } = this.#world
    const answers = async () => [await everybody()]
    const about = { roles: [...roles, ...scribes], watchers: this.#watchers, answers, nextEvent, tell: this.#tell }
    return untilRight(about, limit, bound)
  }

  /** A round is over: nothing of before can be seen any more. */
  #close(): void {
    for (const role of [...this.#world.roles, ...this.#world.scribes]) {
      role.history.close()
      if (role instanceof SpreedRole) role.forget()
    }
    this.#world.outages.clear()
  }
}

/** What people do in a round. */
export function told({ before, during, after }: Round<unknown>): string {
  const one = ({ person, source, device, verb, status, message, lasts }: Action): string => {
    const what = verb === 'comes' || verb === 'says' ? ` (${source === 'irc' ? status : message})` : ''
    return `${person} ${verb} on ${source}/${device}${what}${lasts === undefined ? '' : ` for ${lasts} s`}`
  }
  return [
    `before: ${before.map(one).join(', ')}`,
    `during: ${during.map(one).join(', ')}`,
    `after: ${after.map(one).join(', ')}`,
  ].join('; ')
}
