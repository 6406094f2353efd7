// Why a request has no result: the daemon refused it, or nobody (or somebody else) answered.
import type { ProblemDocument } from './documents.ts'

/** The daemon refused; its message is the problem's sentence. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: ProblemDocument
  /** After how many seconds the daemon suggests to try again, where it does. */
  readonly retryAfter: number | undefined

  constructor(problem: ProblemDocument, retryAfter?: number) {
    super(problem.detail)
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

/** No answer came, or none that a presence daemon gives. The cause tells more where there is one. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
