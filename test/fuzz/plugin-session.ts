// What the sessions of plugins have in common whose servers' bytes a fuzz target makes up: one after another, each renewed in time.
import type { ManualClock } from '../support/manual-clock.ts'
import { arrive, clientSocketOf, turns } from './client-sockets.ts'

export interface PluginSession {
  readonly clock: ManualClock
  /** What was published and withdrawn. */
  readonly told: readonly string[]
  /** Why it has ended, if it has. */
  readonly failure: Error | undefined
  /** Bytes of the server arrive. */
  receive(bytes: Buffer): void
  /** Everything that was received is dealt with. */
  turn(): Promise<void>
}

/** A run of a plugin without a daemon. */
interface Run {
  readonly told: readonly string[]
  /** The outcome: undefined, or why it ended. */
  readonly ended: Promise<Error | undefined>
}

/** A run whose client's end of the connection is at hand; `known` resolves once it knows everybody. */
export async function openSession<Started extends Run>(
  clock: ManualClock,
  start: () => Started,
  known: (started: Started) => Promise<unknown>,
): Promise<{ readonly run: Started; readonly session: PluginSession }> {
  let failure: Error | undefined
  const { socket, result: run } = await clientSocketOf(async () => {
    const started = start()
    void started.ended.then((error) => {
      failure = error ?? new Error('it has ended without a reason')
    })
    await known(started)
    return started
  })
  const session: PluginSession = {
    clock,
    told: run.told,
    get failure() {
      return failure
    },
    receive: (bytes) => arrive(socket, bytes),
    turn: () => turns(),
  }
  return { run, session }
}

/** Sessions of one kind, of which the newest serves for many cases. */
export class Sessions<Session extends { stop(): Promise<void> }> {
  readonly #start: () => Promise<Session>
  readonly #cases: number
  #session: Session | undefined
  #age = 0

  /** Each serves for at most so many cases. */
  constructor(start: () => Promise<Session>, cases: number) {
    this.#start = start
    this.#cases = cases
  }

  /** For the next case. */
  async next(): Promise<Session> {
    this.#age += 1
    if (this.#age % this.#cases === 0) await this.drop()
    this.#session ??= await this.#start()
    return this.#session
  }

  /** The session has ended, or can't be relied on any more. */
  async drop(): Promise<void> {
    await this.#session?.stop()
    this.#session = undefined
  }
}
