// What a source may truly say of a person, in order; and whether what a watcher is told can be true. This defines a flap.

/** A state that is told, as `busy: in a meeting`; `nothing` where the source says nothing. */
export type State = string

interface Truth {
  readonly state: State
  /** It can't be true before (milliseconds of `performance.now`): a deadline that has yet to pass. */
  readonly from: number
}

/**
 * What somebody was, one state after the other. Watchers may miss states, since they are told the newest only; but what each of them
 * sees must be a part of this in this order. Whatever else it sees is a flap: a state that the person never had, or no longer.
 */
export class History {
  #truths: Truth[]
  #chapter = 0

  constructor(state: State) {
    this.#truths = [{ state, from: 0 }]
  }

  /** To be called before anybody can know of it. */
  add(state: State, from = 0): void {
    if (this.#truths.at(-1)?.state !== state) this.#truths.push({ state, from })
  }

  get chapter(): number {
    return this.#chapter
  }

  /** Everybody has seen the last state, so that none before can come any more. */
  close(): void {
    this.#truths = this.#truths.slice(-1)
    this.#chapter += 1
  }

  /** Where the state stands from `place` on, if it can be seen now; undefined: it can't. */
  find(state: State, place: number, now: number): number | undefined {
    const found = this.#truths.findIndex((truth, index) => index >= place && truth.state === state && truth.from <= now)
    return found === -1 ? undefined : found
  }

  toString(): string {
    return this.#truths.map(({ state }) => `"${state}"`).join(', ')
  }
}

/** How far one watcher has come in the histories. */
export class Reader {
  readonly #places = new Map<History, { chapter: number; place: number }>()

  /** Whether it may see this state now, after all that it has seen. */
  sees(history: History, state: State, now: number): boolean {
    const { chapter } = history
    const known = this.#places.get(history)
    const place = known?.chapter === chapter ? known.place : 0
    const found = history.find(state, place, now)
    if (found === undefined) return false
    this.#places.set(history, { chapter, place: found })
    return true
  }
}
