// A session that writes down what a collector says, and finds what no collector may say.

import type { Session } from '../core/plugin.ts'
import { isStatus, type Publication } from '../core/presence.ts'
import { userIdMistake } from '../core/user-id.ts'

/** What was said of a user last: a publication, or undefined when the source knows nothing (any more). */
export type LastWord = Publication | undefined

/** How long a check waits for a collector to say something, in milliseconds. */
export const PATIENCE = 10_000

export class RecordedSession implements Session {
  /** What a collector may not do, in sentences. */
  readonly mistakes: string[] = []
  readonly #words = new Map<string, LastWord>()
  #detail: string | undefined
  #settled = false
  #count = 0
  #wake: () => void = () => {}

  /** What it is connected to, in words; undefined before. */
  get connectedTo(): string | undefined {
    return this.#detail
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** How much has been said. */
  get count(): number {
    return this.#count
  }

  last(userId: string): LastWord {
    return this.#words.get(userId.toLowerCase())
  }

  connected(detail: string): void {
    if (this.#detail !== undefined) this.mistakes.push('it called connected() twice in one run')
    if (typeof detail !== 'string' || detail === '') this.mistakes.push('connected() was told nothing in words')
    this.#detail = detail
    this.#noted()
  }

  publish(userId: string, publication: Publication): void {
    const { status, message, since, expires } = publication
    this.#checkUser(userId)
    if (!isStatus(status)) this.mistakes.push(`it published the status ${String(status)}`)
    if (typeof message !== 'string') this.mistakes.push(`it published a message that is ${typeof message}`)
    for (const time of [since, expires]) {
      if (time !== undefined && !Number.isFinite(time)) this.mistakes.push(`it published ${time} as a time`)
    }
    this.#words.set(userId.toLowerCase(), publication)
    this.#noted()
  }

  withdraw(userId: string): void {
    this.#checkUser(userId)
    this.#words.set(userId.toLowerCase(), undefined)
    this.#noted()
  }

  settled(): void {
    this.#checkConnected('settled')
    this.#settled = true
    this.#noted()
  }

  detail(text: string): void {
    if (typeof text !== 'string') this.mistakes.push('detail() was told no text')
    this.#noted()
  }

  /** Resolves once this is so; rejects, with these words, when it isn't within a while or the run has ended without it. */
  async until(what: string, isSo: () => boolean, run: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${what}: not within ${PATIENCE / 1000} s`)), PATIENCE)
    })
    const ended = run.then(
      () => Promise.reject(new Error(`${what}: the run ended before`)),
      (cause: unknown) => Promise.reject(new Error(`${what}: the run failed before`, { cause })),
    )
    // Nobody may be left to hear of it.
    for (const end of [late, ended]) end.catch(() => {})
    try {
      while (!isSo()) {
        const more = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        await Promise.race([more, late, ended])
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #checkUser(userId: string): void {
    this.#checkConnected('publish')
    const mistake = userIdMistake(userId)
    if (mistake !== undefined) this.mistakes.push(`it named a user whose id ${mistake}`)
  }

  #checkConnected(call: string): void {
    if (this.#detail === undefined) this.mistakes.push(`it called ${call}() before connected()`)
  }

  #noted(): void {
    this.#count += 1
    this.#wake()
  }
}
