// Which rows of a long list have to exist: those in sight, and some around them. Pure.

/** Where each row begins, in pixels, and after the last one where the list ends. */
export type Offsets = Float64Array

export interface Span {
  /** The first row, and the one after the last. */
  readonly from: number
  readonly to: number
}

export function offsetsOf<Row>(rows: readonly Row[], height: (row: Row) => number): Offsets {
  const offsets = new Float64Array(rows.length + 1)
  let end = 0
  rows.forEach((row, index) => {
    end += height(row)
    offsets[index + 1] = end
  })
  return offsets
}

export function listHeight(offsets: Offsets): number {
  return offsets[offsets.length - 1] ?? 0
}

/** The rows between two heights of the list, and `around` more on either side. */
export function spanOf(offsets: Offsets, top: number, bottom: number, around = 6): Span {
  const count = offsets.length - 1
  if (count <= 0) return { from: 0, to: 0 }
  const first = rowAt(offsets, top)
  const last = rowAt(offsets, bottom)
  return { from: Math.max(0, first - around), to: Math.min(count, last + 1 + around) }
}

/** The row at a height; the first or the last one beyond the ends. */
export function rowAt(offsets: Offsets, height: number): number {
  let low = 0
  let high = offsets.length - 2
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((offsets[middle] ?? 0) <= height) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

/** How far to scroll so that a row is in sight between two edges of what is seen; 0 when it is. */
export function scrollTo(offsets: Offsets, index: number, top: number, bottom: number): number {
  const begins = offsets[index] ?? 0
  const ends = offsets[index + 1] ?? begins
  if (begins < top) return begins - top
  return ends > bottom ? ends - bottom : 0
}
