// One queue of deadlines for everybody: a binary heap, no timer per user.

/** A user's source and the time at which something happens to it. */
export interface Deadline {
  readonly at: number
  readonly userId: string
  readonly source: string
}

export class ExpiryQueue {
  readonly #heap: Deadline[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The earliest deadline, epoch milliseconds. */
  get next(): number | undefined {
    return this.#heap[0]?.at
  }

  push(deadline: Deadline): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(deadline)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || parent.at <= deadline.at) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = deadline
  }

  /** Takes out the earliest deadline if it is not after `now`. */
  take(now: number): Deadline | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.#sink(last)
    return first
  }

  /** Puts an element at the top and lets it sink to its place. */
  #sink(deadline: Deadline): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      const rightIsSmaller = left !== undefined && right !== undefined && right.at < left.at
      const child = rightIsSmaller ? right : left
      if (child === undefined || child.at >= deadline.at) break
      heap[index] = child
      index = rightIsSmaller ? 2 * index + 2 : 2 * index + 1
    }
    heap[index] = deadline
  }
}
