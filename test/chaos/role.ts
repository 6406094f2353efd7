// What somebody is at one source, as the oracle has it: what the daemon must say in the end, and all that it may say on the way.
import { History, type State } from './history.ts'
import type { Action, Source } from './plan.ts'

export const NOTHING: State = 'nothing'
export const GONE: State = 'unavailable: '

export abstract class Role {
  readonly person: string
  readonly source: Source
  readonly history: History

  constructor(person: string, source: Source, state: State) {
    this.person = person
    this.source = source
    this.history = new History(state)
  }

  /** What the source says of the person once everything is over. */
  abstract expected(): State
  /** Resolves when the server has taken it. */
  abstract act(action: Action): Promise<void>
  abstract end(): Promise<void> | void

  /** Whether a watcher may see a state although the person never had it, since time has run out. */
  excuses(_state: State, _now: number): boolean {
    return false
  }

  /** When the last deadline passes that makes it so (milliseconds of `performance.now`). */
  due(): number {
    return 0
  }

  /** Writes down what the person is now; before the server hears of it. */
  protected note(): void {
    this.history.add(this.expected())
  }
}

/** Whether a server is there; who wants something of it while it is not waits. */
export class Gate {
  #open = Promise.resolve()
  #release = (): void => {}

  close(): void {
    this.#open = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  open(): void {
    this.#release()
  }

  passed(): Promise<void> {
    return this.#open
  }
}
