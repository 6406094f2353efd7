// How far a long command is, as a bar in one line.

const WIDTH = 30

/** A bar with its percentage, and then the words; without a whole (0) the words alone. */
export function progressBar(part: number, whole: number, words: string): string {
  if (whole <= 0) return words
  const share = Math.min(Math.max(part / whole, 0), 1)
  const full = Math.round(share * WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.floor(100 * share)).padStart(3)} % ${words}`
}
