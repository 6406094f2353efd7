// The signals that end the daemon and that make it reload.

/** Catches signals from the very start, so that none ends a daemon that is still starting. */
export class Signals {
  /** Resolves with the first signal that ends the daemon. */
  readonly end: Promise<NodeJS.Signals>
  #reload: (() => Promise<void>) | undefined
  #reloads: Promise<void> = Promise.resolve()
  #early = false

  constructor() {
    process.on('SIGHUP', () => {
      if (this.#reload === undefined) this.#early = true
      else this.#reloads = this.#reloads.then(this.#reload)
    })
    this.end = new Promise((resolve) => {
      // Not once: a second one, as terminals and their shells send, would end the process in the middle of stopping.
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal))
    })
  }

  /** What SIGHUP does from now on, one at a time; one that came too early counts now. */
  onReload(reload: () => Promise<void>): void {
    this.#reload = reload
    if (this.#early) this.#reloads = reload()
  }

  /** Resolves when no reload is under way any more. */
  async quiet(): Promise<void> {
    await this.#reloads
  }
}
