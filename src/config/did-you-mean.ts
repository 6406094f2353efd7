// Guesses which known name was meant by a mistyped one.

/** The longest name that is worth a guess; comparing takes time that grows with the product of the lengths. */
const LONGEST = 64

/** The known name nearest to a mistyped one, when it is near enough to be meant: one slip for every three characters. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined
  const folded = name.toLowerCase()
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(folded.length / 3)) + 1
  for (const candidate of known) {
    const slips = distance(folded, candidate.toLowerCase(), fewest)
    if (slips < fewest) {
      fewest = slips
      best = candidate
    }
  }
  return best
}

/** The end of a sentence that names the nearest name, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const guess = nearest(name, known)
  return guess === undefined ? '' : `; did you mean ${guess}?`
}

/**
 * The optimal string alignment distance: how many insertions, deletions, replacements and swaps of neighbours make one word of
 * the other. At least `limit` when it can't be below.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(beforeLast, column - 2) + 1)
      }
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
