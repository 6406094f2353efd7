// Group commit: writes that come while others are on their way to the disk share the next transaction.
import { reason, SavingError } from '../core/errors.ts'
import type { Operation } from './database.ts'

/** Where the operations go, all or none. Resolves when they are as safe as promised. */
export type Transaction = (operations: readonly Operation[]) => Promise<void>

interface Job {
  prepare(operations: Operation[]): void
  done(): void
  failed(error: Error): void
}

export class GroupCommit {
  readonly #transaction: Transaction
  readonly #before: () => void
  #jobs: Job[] = []
  #running: Promise<void> | undefined
  #closed = false

  /** `before` is called before the first preparation of each group. */
  constructor(transaction: Transaction, before: () => void) {
    this.#transaction = transaction
    this.#before = before
  }

  /**
   * Adds a write to the next group. `prepare` is called when its transaction is made, after all earlier ones are
   * committed, and puts its operations last; what it returns is the answer once they are safe. Rejects with a SavingError.
   */
  add<Result>(prepare: (operations: Operation[]) => Result): Promise<Result> {
    if (this.#closed) return Promise.reject(new SavingError('the store is closed'))
    return new Promise<Result>((resolve, reject) => {
      let result: Result
      this.#jobs.push({
        prepare(operations) {
          result = prepare(operations)
        },
        done: () => resolve(result),
        failed: reject,
      })
      this.#running ??= this.#run()
    })
  }

  /** Refuses further writes, and resolves when those under way are answered. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    // Whoever writes in the same turn of the loop shares the first group.
    await Promise.resolve()
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs
      this.#jobs = []
      await this.#commit(jobs)
    }
    this.#running = undefined
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const operations: Operation[] = []
    try {
      this.#before()
      for (const job of jobs) job.prepare(operations)
      if (operations.length > 0) await this.#transaction(operations)
      for (const job of jobs) job.done()
    } catch (error) {
      const failure = error instanceof SavingError ? error : new SavingError(reason(error), { cause: error })
      for (const job of jobs) job.failed(failure)
    }
  }
}
