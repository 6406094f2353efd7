// What has to be undone after the tests of a file: node's `after` does not serve inside `before`.

type CleanUp = () => unknown

/** A test's context, or CleanUps: what a helper needs to undo what it did. */
export interface Undoing {
  after(cleanUp: CleanUp): void
}

export class CleanUps {
  readonly #cleanUps: CleanUp[] = []

  /** As that of a test's context. */
  readonly after = (cleanUp: CleanUp): void => {
    this.#cleanUps.push(cleanUp)
  }

  /** The last first, each whatever became of the others; rejects with the first failure. */
  readonly run = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const cleanUp of this.#cleanUps.reverse()) {
      try {
        await cleanUp()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
