// What is kept of very many things, column by column: an object for each would take several times as much memory, and collections of garbage as much longer.

/** Columns grow by so many rows at a time, so that nothing large is ever copied. */
const BITS = 12
const CHUNK = 2 ** BITS
const WITHIN = CHUNK - 1

type Chunk = Float64Array | Uint32Array

/** A number for each row: 0 until another is put there. Rows without a number take no memory where none of their neighbours has one. */
export class NumberColumn {
  readonly #make: (length: number) => Chunk
  readonly #chunks: (Chunk | undefined)[] = []

  private constructor(make: (length: number) => Chunk) {
    this.#make = make
  }

  /** Of any numbers. */
  static wide(): NumberColumn {
    return new NumberColumn((length) => new Float64Array(length))
  }

  /** Of whole numbers below 2 ** 32. */
  static narrow(): NumberColumn {
    return new NumberColumn((length) => new Uint32Array(length))
  }

  get(row: number): number {
    return this.#chunks[row >>> BITS]?.[row & WITHIN] ?? 0
  }

  set(row: number, value: number): void {
    const index = row >>> BITS
    let chunk = this.#chunks[index]
    if (chunk === undefined) {
      if (value === 0) return
      chunk = this.#make(CHUNK)
      while (this.#chunks.length < index) this.#chunks.push(undefined)
      this.#chunks[index] = chunk
    }
    chunk[row & WITHIN] = value
  }
}

/** A value for each row, or none. */
export class Column<Value> {
  readonly #chunks: ((Value | undefined)[] | undefined)[] = []

  get(row: number): Value | undefined {
    return this.#chunks[row >>> BITS]?.[row & WITHIN]
  }

  set(row: number, value: Value | undefined): void {
    const index = row >>> BITS
    let chunk = this.#chunks[index]
    if (chunk === undefined) {
      if (value === undefined) return
      chunk = new Array<Value | undefined>(CHUNK).fill(undefined)
      while (this.#chunks.length < index) this.#chunks.push(undefined)
      this.#chunks[index] = chunk
    }
    chunk[row & WITHIN] = value
  }
}

/** Which rows are in use: from 1 on, and those that were given back first. */
export class Rows {
  readonly #free: number[] = []
  #end = 1

  /** Above all that are in use. */
  get end(): number {
    return this.#end
  }

  take(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#end += 1
    return this.#end - 1
  }

  giveBack(row: number): void {
    this.#free.push(row)
  }
}
