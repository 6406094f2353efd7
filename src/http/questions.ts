// Questions that come again, word for word: a client that polls sends the same bytes each time, and they are read and checked once.
import { hash } from 'node:crypto'
import { BoundedCache } from '../core/bounded-cache.ts'
import type { JsonObject } from './body.ts'
import { quoted } from './json-text.ts'

/** A body that names hardly anybody is read sooner than it is recognised; beyond the largest it is seldom the same again. In bytes. */
const SMALLEST = 1024
const LARGEST = 256 * 1024
/** How many bytes of bodies are remembered; what is kept of them takes about five times as much. Beyond, all begins anew. */
const LIMIT = 8 * 1024 * 1024
/** How many bytes of answers are kept besides; beyond, all of them are dropped. */
const ANSWERS_LIMIT = 16 * 1024 * 1024
/** How many bodies that came once are recognised when they come again: only those are worth keeping. */
const ONCE = 4_000

/** A user as asked for, and the beginning of the answer about them. */
export interface Asked {
  readonly userId: string
  readonly head: string
}

export interface Question {
  /** Where the token stands, if it stands in the body: it is verified each time. */
  readonly credentials: Pick<JsonObject, 'AuthenticationToken'>
  readonly asked: readonly Asked[]
  /** Whether it is remembered. */
  comesAgain?: true
}

/** What was answered to a question, for as long as that is what would be answered. */
export interface Answer {
  readonly bytes: Buffer
  /** That it is about, as what the token's owner may see (see View). */
  readonly domain: string | undefined
  holds(): boolean
}

/** What the same bytes always mean is remembered: not whose token it is, nor what its owner may see. An answer is kept while nothing has changed. */
export class Questions {
  readonly #cameOnce = new BoundedCache<string, true>(ONCE)
  readonly #known = new Map<string, Question>()
  #size = 0
  readonly #answers = new Map<Question, Answer>()
  #answersSize = 0

  /** The question in a body, read by `read` if it has to be. What `read` throws is thrown, and not remembered. */
  of(body: unknown, read: () => Question): Question {
    if (!Buffer.isBuffer(body) || body.length < SMALLEST || body.length > LARGEST) return read()
    // What was computed serves as the key: with a digest nobody can make two bodies be taken for each other.
    const digest = hash('sha256', body, 'base64')
    const known = this.#known.get(digest)
    if (known !== undefined) return known
    const question = read()
    if (this.#cameOnce.get(digest) === undefined) this.#cameOnce.set(digest, true)
    else this.#remember(digest, question, body.length)
    return question
  }

  /** What was answered to a question that is remembered, if it still would be to somebody who sees this domain. */
  answerTo(question: Question, domain: string | undefined): Buffer | undefined {
    const answer = this.#answers.get(question)
    if (answer === undefined || answer.domain !== domain) return undefined
    if (answer.holds()) return answer.bytes
    this.#answers.delete(question)
    this.#answersSize -= answer.bytes.length
    return undefined
  }

  /** Keeps the answer to a question that is remembered. */
  keep(question: Question, answer: Answer): void {
    this.#answersSize += answer.bytes.length - (this.#answers.get(question)?.bytes.length ?? 0)
    if (this.#answersSize > ANSWERS_LIMIT) {
      this.#answers.clear()
      this.#answersSize = answer.bytes.length
    }
    this.#answers.set(question, answer)
  }

  #remember(digest: string, question: Question, size: number): void {
    this.#size += size
    if (this.#size > LIMIT) {
      this.#known.clear()
      this.#answers.clear()
      this.#answersSize = 0
      this.#size = size
    }
    question.comesAgain = true
    this.#known.set(digest, question)
  }
}

/** How the object about a user begins in an answer, under the name by which they were asked for. */
export function headOf(userId: string): string {
  return `{"user_id":${quoted(userId)}`
}
