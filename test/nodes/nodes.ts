// Tells the story of a seed to four nodes, round by round, and looks after each whether all of them are right, and equal.

import { told } from '../chaos/chaos.ts'
import { type Action, type Round, story } from '../chaos/plan.ts'
import { seconds, untilRight } from '../chaos/right.ts'
import { boundOf, GRACE, limitOf } from '../chaos/settings.ts'
import { SpreedRole } from '../chaos/web-roles.ts'
import type { CleanUp, Watching } from '../chaos/world.ts'
import type { Daemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'
import { chosenFaults, type FaultName, faults } from './faults.ts'
import { createWorld, PARTS, type World } from './world.ts'

export interface NodesOptions {
  readonly seed: number
  /** It goes on until so many publications of the scribes were acknowledged, and no fewer rounds were played. */
  readonly changes: number
  readonly rounds: number
  readonly short: boolean
}

/** The most rounds of a story. */
const MOST = 1_000

/** Tells of each round as it goes; rejects at the first difference, with all that is needed to repeat it. */
export async function runNodes(options: NodesOptions, cleanUp: CleanUp, tell: (line: string) => void): Promise<void> {
  const world = await createWorld(cleanUp)
  const test = new NodesTest(world, tell)
  await test.begin()
  const kinds = chosenFaults(options.short)
  for (const round of story({ seed: options.seed, rounds: MOST, kinds, parts: PARTS })) {
    if (round.number > options.rounds && test.changes >= options.changes) break
    try {
      await test.play(round)
    } catch (error) {
      const where = `seed ${options.seed}${options.short ? ' (short)' : ''}, round ${round.number}: ${round.fault}`
      const logs = world.nodes.map(({ logLines }, index) => `node ${index}:\n${logLines.slice(-15).join('\n')}`)
      throw new Error(`${where}\n${told(round)}\n${error instanceof Error ? error.message : error}\n${logs.join('\n')}`)
    }
  }
  test.end()
}

class NodesTest {
  readonly #world: World
  readonly #tell: (line: string) => void
  #watchers: readonly Watching[] = []
  /** Publications of the scribes that were acknowledged. */
  changes = 0

  constructor(world: World, tell: (line: string) => void) {
    this.#world = world
    this.#tell = tell
  }

  /** Everybody comes, and then the watchers. */
  async begin(): Promise<void> {
    const first = { verb: 'comes', status: 'available' } as const
    const come = PARTS.flatMap(({ person, source, devices }) =>
      source === 'manual'
        ? []
        : devices.map((device): Action => ({ person, source, device, ...first, message: device })),
    )
    await this.#act(come)
    await this.#right(limitOf(boundOf(['xmpp'], 0)))
    this.#close()
    this.#watchers = this.#world.watch()
    await this.#right(limitOf(0))
  }

  async play(round: Round<FaultName>): Promise<void> {
    const { outages, scribes } = this.#world
    await this.#act(round.before)
    for (const scribe of scribes) scribe.write(() => this.#acknowledged())
    await this.#written(50)
    const begin = performance.now()
    // Nobody's session is lost for longer than that: a node takes over within five seconds.
    outages.set('xmpp', begin + GRACE * 1000)
    let acting = Promise.resolve()
    const during = (): Promise<void> => {
      acting = this.#act(round.during)
      acting.catch(() => {})
      return acting
    }
    await faults[round.fault]({ world: this.#world, chance: round.chance, during })
    const over = performance.now()
    await Promise.all([acting, this.#act(round.after)])
    await this.#written(50)
    await Promise.all(scribes.map((scribe) => scribe.stop()))
    await Promise.all(scribes.map((scribe) => scribe.finish()))
    const bound = boundOf(['xmpp', 'spreed'], (over - begin) / 1000)
    await this.#right(limitOf(bound), bound * 1000)
    await this.#equal()
    checkSessions(this.#world)
    const took = `for ${seconds(over - begin)}; right again after ${seconds(performance.now() - over)}`
    this.#tell(`round ${round.number}: ${round.fault}, ${took}; ${this.changes} changes; ${told(round)}`)
    this.#close()
  }

  end(): void {
    const sum = (number: (one: Watching['watcher']) => number): number =>
      this.#watchers.reduce((all, { watcher }) => all + number(watcher), 0)
    const [events, losses] = [sum((one) => one.events), sum((one) => one.losses)]
    const sessions = checkSessions(this.#world)
    this.#tell(
      `${this.changes} publications were acknowledged, and none lost; the account had ${sessions} sessions, one at a time`,
    )
    this.#tell(`${events} events for ${this.#watchers.length} watchers, who were cut off ${losses} times, and no flap`)
  }

  #acknowledged(): void {
    this.changes += 1
  }

  /** Resolves when so many more were acknowledged. */
  async #written(more: number): Promise<void> {
    const wanted = this.changes + more
    await until(() => this.changes >= wanted)
  }

  async #act(actions: readonly Action[]): Promise<void> {
    const { roles } = this.#world
    await Promise.all(
      actions.map((action) =>
        roles.find(({ person, source }) => person === action.person && source === action.source)?.act(action),
      ),
    )
  }

  #right(limit: number, bound = limit): Promise<void> {
    const { roles, scribes, answers, nextEvent } = this.#world
    const about = { roles: [...roles, ...scribes], watchers: this.#watchers, answers, nextEvent, tell: this.#tell }
    return untilRight(about, limit, bound)
  }

  /** All nodes have the same, by their checksums; heartbeats go on meanwhile, so that they may have to be asked again. */
  async #equal(): Promise<void> {
    const { nodes } = this.#world
    await until(async () => new Set(await Promise.all(nodes.map(checksumOf))).size === 1, AbortSignal.timeout(30_000))
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

async function checksumOf(node: Daemon): Promise<string> {
  const headers = { authorization: `Bearer ${node.token('kopano-presence:operator')}` }
  const answer = await fetch(`${node.url}/operator/checksum`, { headers })
  const { epoch, entries, checksum } = (await answer.json()) as Record<string, unknown>
  return `${answer.status} ${epoch} ${entries} ${checksum}`
}

/** At every moment at most one session of the daemon's account was bound, as Prosody tells. Returns how many there were. */
function checkSessions({ prosodyLog, bot }: World): number {
  const bound = [...prosodyLog().matchAll(/(?<!un)bound: (\S+) has (\d+)/g)].filter(([, user]) => user === bot)
  const most = Math.max(0, ...bound.map(([, , count]) => Number(count)))
  if (bound.length === 0 || most > 1) throw new Error(`${bot} had ${most} sessions at once, of ${bound.length}`)
  return bound.length
}
