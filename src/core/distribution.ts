// How often a measured value fell between which bounds: cheap to add to, and all that a histogram needs.

export class Distribution {
  /** Growing; what is above the last one is counted as well. */
  readonly bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  add(value: number): void {
    const { bounds } = this
    let place = 0
    while (place < bounds.length && value > (bounds[place] ?? 0)) place += 1
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#sum += value
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** For each bound: how many values were no greater. */
  cumulative(): (readonly [bound: number, count: number])[] {
    let sum = 0
    return this.bounds.map((bound, place) => {
      sum += this.#counts[place] ?? 0
      return [bound, sum]
    })
  }
}
