// Many open streams of changes, read by a process of their own.
import { fork } from 'node:child_process'

const READER = new URL('stream-reader.mjs', import.meta.url).pathname
const TIMEOUT = 120_000

export interface Asked {
  readonly path: string
  readonly token: string
}

interface Answer {
  readonly ready?: number
  readonly listening?: string
  readonly heard?: number
  /** By the wall clock. */
  readonly at?: number
  readonly error?: string
}

export class Streams {
  readonly #child = fork(READER, { execArgv: [] })

  /** Resolves when every stream was told that it has everything. */
  async open(url: string, streams: readonly Asked[]): Promise<void> {
    const { hostname: host, port } = new URL(url)
    const isReady = this.#answer(({ ready }) => ready !== undefined)
    this.#child.send({ open: { server: { host, port: Number(port) }, streams } })
    await isReady
  }

  /** Resolves when the readers look out for this word, to what resolves to when the last of them has heard it (epoch milliseconds). */
  async listen(word: string): Promise<() => Promise<number>> {
    const isListening = this.#answer(({ listening }) => listening === word)
    this.#child.send({ listen: word })
    await isListening
    const heard = this.#answer((answer) => answer.heard !== undefined)
    return async () => (await heard).at ?? Number.NaN
  }

  close(): void {
    this.#child.removeAllListeners('message')
    this.#child.kill()
  }

  #answer(isIt: (answer: Answer) => boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(new Error('the readers of the streams say nothing'))), TIMEOUT)
      const look = (message: unknown): void => {
        const answer = message as Answer
        if (answer.error !== undefined) end(() => reject(new Error(answer.error)))
        else if (isIt(answer)) end(() => resolve(answer))
      }
      const end = (tell: () => void): void => {
        clearTimeout(timer)
        this.#child.off('message', look)
        tell()
      }
      this.#child.on('message', look)
    })
  }
}
