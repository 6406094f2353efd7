// The life of a real server in tests: start, pause, kill, start again on the same data, and at last remove everything.
import { rmSync } from 'node:fs'
import type { Child } from './children.ts'

export class ServerProcess {
  readonly #folder: string
  readonly #launch: () => Promise<Child>
  readonly #ready: (child: Child) => Promise<void>
  readonly #earlier: string[] = []
  #child: Child | undefined

  /** `launch` starts the program, `ready` resolves when it serves; the folder is removed at the end. */
  constructor(folder: string, launch: () => Promise<Child>, ready: (child: Child) => Promise<void>) {
    this.#folder = folder
    this.#launch = launch
    this.#ready = ready
  }

  /** Resolves when it serves; on failure nothing is left behind, and the error has what it said. */
  readonly start = async (): Promise<void> => {
    this.#child = await this.#launch()
    try {
      await this.#ready(this.#child)
    } catch (error) {
      await this.stop()
      throw new Error(`${error}\nThe server's log:\n${this.log()}`)
    }
  }

  /** Everything that it wrote, over all its lives. */
  readonly log = (): string => [...this.#earlier, ...(this.#child?.lines ?? [])].join('\n')

  /** 0 while it does not run. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  readonly pause = (): void => this.#child?.signal('SIGSTOP')
  readonly resume = (): void => this.#child?.signal('SIGCONT')
  /** Without a word to anybody. */
  readonly kill = (): Promise<void> => this.#end('SIGKILL')
  /** As an administrator stops it. */
  readonly shutdown = (): Promise<void> => this.#end('SIGTERM')

  readonly stop = async (): Promise<void> => {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    child.signal('SIGCONT')
    await child.end(signal)
    this.#earlier.push(...child.lines)
    this.#child = undefined
  }
}
