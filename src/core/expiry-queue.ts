// One queue of deadlines for everybody: a binary heap in typed arrays, no timer and no object for each.

/** How many deadlines there is room for at least. */
const ROOM = 64

export class ExpiryQueue {
  #times = new Float64Array(ROOM)
  #places = new Uint32Array(ROOM)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The earliest deadline, epoch milliseconds. */
  get next(): number | undefined {
    return this.#size === 0 ? undefined : this.#times[0]
  }

  /** Something happens at this time to whatever has this place. */
  push(at: number, place: number): void {
    if (this.#size === this.#times.length) this.#resize(Math.ceil(this.#size * 1.25))
    let index = this.#size
    this.#size += 1
    while (index > 0) {
      const parent = (index - 1) >>> 1
      if (this.#at(parent) <= at) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, at, place)
  }

  /** Takes out the earliest deadline if it is not after `now`, and tells its place. */
  take(now: number): number | undefined {
    if (this.#size === 0 || this.#at(0) > now) return undefined
    const place = this.#places[0]
    this.#size -= 1
    if (this.#size > 0) this.#sink(this.#at(this.#size), this.#places[this.#size] ?? 0)
    if (this.#size > ROOM && this.#size < this.#times.length / 4) this.#resize(2 * this.#size)
    return place
  }

  /** Puts a deadline at the top and lets it sink to its place. */
  #sink(at: number, place: number): void {
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#at(child + 1) < this.#at(child)) child += 1
      if (this.#at(child) >= at) break
      this.#move(child, index)
      index = child
    }
    this.#put(index, at, place)
  }

  #at(index: number): number {
    return this.#times[index] ?? Number.POSITIVE_INFINITY
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at(from), this.#places[from] ?? 0)
  }

  #put(index: number, at: number, place: number): void {
    this.#times[index] = at
    this.#places[index] = place
  }

  #resize(room: number): void {
    const [times, places] = [this.#times.subarray(0, this.#size), this.#places.subarray(0, this.#size)]
    this.#times = new Float64Array(room)
    this.#times.set(times)
    this.#places = new Uint32Array(room)
    this.#places.set(places)
  }
}
