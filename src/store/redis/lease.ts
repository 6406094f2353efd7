// A lease: held for a few seconds, renewed long before, and over by this node's own clock before it can be anybody else's.
import type { Lease } from '../../core/store.ts'

export interface LeaseOptions {
  /** For how long it is granted, in milliseconds. */
  readonly time: number
  /** Asks for it, or renews it, under the fence believed to be held (0: none). The fence under which it is held now; 0: it isn't. */
  ask(fence: number): Promise<number>
  giveBack(): Promise<void>
  /** It was released. */
  gone(): void
}

/** How often it is asked for while another node holds it, in milliseconds, with jitter. */
const ASKED_EVERY = 450

export class RedisLease implements Lease {
  readonly #options: LeaseOptions
  readonly #listeners: ((held: boolean) => void)[] = []
  /** By the monotonic clock of this process, which runs on while it is paused. */
  #until = Number.NEGATIVE_INFINITY
  #told = false
  #fence = 0
  /** Under which it may still be held, as far as this node knows; 0: somebody else has it. */
  #believed = 0
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<void> | undefined
  #again = false
  #over = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#ask()
  }

  get held(): boolean {
    return performance.now() < this.#until
  }

  get fence(): number {
    return this.#fence
  }

  onChange(listener: (held: boolean) => void): void {
    this.#listeners.push(listener)
  }

  async release(): Promise<void> {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#until = Number.NEGATIVE_INFINITY
    await this.#asking
    if (this.#believed > 0) await this.#options.giveBack().catch(() => {})
    this.#options.gone()
  }

  /** Somebody gave it back. */
  wake(): void {
    if (!this.held) this.#ask()
  }

  #ask(): void {
    if (this.#over) return
    if (this.#asking !== undefined) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#asking = this.#askOnce().finally(() => {
      this.#asking = undefined
      if (this.#again) {
        this.#again = false
        this.#ask()
      } else this.#schedule()
    })
  }

  async #askOnce(): Promise<void> {
    // It counts from before the question, so that it ends here before it can end in Redis.
    const asked = performance.now()
    // Also while no answer comes.
    const timer = setTimeout(() => this.#tell(), Math.max(0, this.#until - asked) + 1)
    try {
      const fence = await this.#options.ask(this.#believed)
      if (this.#over) {
        this.#believed = fence
        return
      }
      if (fence === 0) this.#until = Number.NEGATIVE_INFINITY
      else if (fence !== this.#fence) {
        // A new grant, even if it follows the old one at once: in between anybody may have had it.
        this.#until = Number.NEGATIVE_INFINITY
        this.#tell()
        this.#fence = fence
      }
      this.#believed = fence
      if (fence > 0) this.#until = asked + this.#options.time - this.#margin
    } catch {
      // Whether it was renewed isn't known; it lasts as long as it did.
    } finally {
      clearTimeout(timer)
    }
    this.#tell()
  }

  /** Clocks of machines differ in speed, by far less than this. */
  get #margin(): number {
    return this.#options.time / 6
  }

  #schedule(): void {
    this.#tell()
    if (this.#over) return
    const left = this.#until - performance.now()
    const jitter = ASKED_EVERY * (0.8 + Math.random() * 0.3)
    const next = left > 0 ? Math.min(this.#options.time / 3, left) : Math.min(jitter, this.#options.time / 3)
    this.#timer = setTimeout(() => {
      this.#tell()
      this.#ask()
    }, next)
  }

  #tell(): void {
    const { held } = this
    if (held === this.#told || this.#over) return
    this.#told = held
    for (const listener of this.#listeners) listener(held)
  }
}
