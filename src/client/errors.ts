// Why a request has no result: the daemon refused it, or nobody (or somebody else) answered.
import type { ProblemDocument } from './documents.ts'

/** The daemon refused; its message is the problem's sentence. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: ProblemDocument

  constructor(problem: ProblemDocument) {
    super(problem.detail)
    this.problem = problem
  }
}

/** No answer came, or none that a presence daemon gives. The cause tells more where there is one. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}
