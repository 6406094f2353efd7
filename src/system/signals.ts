// The signals that end the daemon and that make it reload.
import type { ServiceManager } from './service-manager.ts'

/** Resolves to whether the new presence.cfg was taken over. */
type Reload = () => Promise<boolean>

/** Catches signals from the very start, so that none ends a daemon that is still starting. */
export class Signals {
  /** Resolves with the first signal that ends the daemon. */
  readonly end: Promise<NodeJS.Signals>
  #reload: Reload | undefined
  #manager: ServiceManager | undefined
  #reloads: Promise<void> = Promise.resolve()
  #early = false

  constructor() {
    process.on('SIGHUP', () => {
      if (this.#reload === undefined) this.#early = true
      else this.#reloads = this.#reloads.then(() => this.#run())
    })
    this.end = new Promise((resolve) => {
      // Not once: a second one, as terminals and their shells send, would end the process in the middle of stopping.
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal))
    })
  }

  /** What SIGHUP does from now on, one at a time; one that came too early counts now. */
  onReload(reload: Reload): void {
    this.#reload = reload
    if (this.#early) this.#reloads = this.#run()
  }

  /** Who is told of every reload and its end. */
  tell(manager: ServiceManager): void {
    this.#manager = manager
  }

  /** Resolves when no reload is under way any more. */
  async quiet(): Promise<void> {
    await this.#reloads
  }

  async #run(): Promise<void> {
    this.#manager?.reloading()
    const takenOver = (await this.#reload?.()) ?? false
    this.#manager?.reloaded(takenOver)
  }
}
