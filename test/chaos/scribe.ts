// Publishes one version after the other, as fast as it is answered, and knows which of them were acknowledged: none of those may be lost.
import { setTimeout as wait } from 'node:timers/promises'
import type { PresenceClient } from '../../src/client/index.ts'
import type { Document } from '../support/daemon.ts'
import type { State } from './history.ts'
import { GONE, Role } from './role.ts'
import { LAPSE } from './settings.ts'
import { AGAIN, acknowledged, clientOf, type Way } from './web-roles.ts'

export class Scribe extends Role {
  readonly #client: PresenceClient
  #version = 0
  /** The newest that was acknowledged, and when it was sent. */
  #acknowledged = 0
  #heard = 0
  #writing: Promise<void> | undefined
  #stopped = false

  constructor(way: Way, person: string, source: 'spreed' | 'manual') {
    super(person, source, 'nothing')
    this.#client = clientOf(way, person)
  }

  /** Whether it has written since it last finished. */
  get wrote(): boolean {
    return this.#writing !== undefined
  }

  /** Nothing repeats what it says to spreed, so that lapses. */
  expected(): State {
    return this.source === 'spreed' && this.#version > 0 ? GONE : this.#state()
  }

  override due(): number {
    return this.source === 'spreed' ? this.#heard + LAPSE * 1000 : 0
  }

  override excuses(state: State, now: number): boolean {
    return this.source === 'spreed' && state === GONE && now >= this.#heard + LAPSE * 1000
  }

  act(): Promise<void> {
    return Promise.reject(new Error('a scribe does nothing but write'))
  }

  /** Writes until it is told to stop, whether it is answered or not; `told` is called after each version that is acknowledged. */
  write(told: () => void): void {
    this.#stopped = false
    this.#writing = (async () => {
      while (!this.#stopped) {
        try {
          await this.#publish()
          told()
        } catch {
          // The daemon is gone, or slow. What it did not acknowledge it may have heard.
          await wait(AGAIN)
        }
      }
    })()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  /** Why what the daemon says now can't be; undefined: it has lost nothing. */
  loss({ sources }: Document): string | undefined {
    const section = sources[this.source]
    const version = Number(/^version (\d+)$/.exec(section?.message ?? '')?.[1] ?? 0)
    const lapsed = this.source === 'spreed' && performance.now() - this.#heard >= LAPSE * 1000
    if (lapsed || (version >= this.#acknowledged && version <= this.#version)) return undefined
    const what = section === undefined ? 'nothing' : `${section.status}: ${section.message}`
    return `${this.person}: version ${this.#acknowledged} of ${this.source} was acknowledged, and the daemon says ${what}`
  }

  /** Says a last version, so that it is certain what is true in the end. What was said to spreed is left to its deadline, also over a restart. */
  async finish(): Promise<void> {
    await this.stop()
    this.#writing = undefined
    if (this.source === 'manual') await acknowledged(() => this.#publish())
    else this.history.add(GONE, this.#heard + LAPSE * 1000)
  }

  async end(): Promise<void> {
    await this.stop()
  }

  async #publish(): Promise<void> {
    this.#version += 1
    const version = this.#version
    this.history.add(this.#state())
    const sent = performance.now()
    const { sources } = await this.#client.set(this.person, this.source, {
      status: 'busy',
      message: `version ${version}`,
    })
    const section = sources[this.source]
    if (section?.message !== `version ${version}`)
      throw new Error(`${this.person}: the answer to version ${version} says ${section?.message}`)
    this.#acknowledged = version
    this.#heard = sent
  }

  #state(): State {
    return this.#version === 0 ? 'nothing' : `busy: version ${this.#version}`
  }
}
