// Text in columns, by the cells that a terminal gives to each letter.
import { printable } from '../core/printable.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** East Asian letters and pictures take two cells: nearly all of them, and hardly any other. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u

/** How many cells a printable text takes. */
export function cells(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += cellsOfOne(segment)
  return width
}

/** The text in exactly so many cells: filled up with spaces, or cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const taken = cells(text)
  if (taken <= width) return text + ' '.repeat(width - taken)
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const more = cellsOfOne(segment)
    if (used + more > width - 1) break
    kept += segment
    used += more
  }
  return width < 1 ? '' : `${kept}…${' '.repeat(width - 1 - used)}`
}

/** Rows as lines, each column as wide as its widest cell; harmless for a terminal. */
export function table(rows: ReadonlyArray<readonly string[]>): string[] {
  const clean = rows.map((row) => row.map(printable))
  const widths = columnWidths(clean)
  return clean.map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The widest cell of each column of printable rows. */
export function columnWidths(rows: ReadonlyArray<readonly string[]>): number[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cells(cell))
  }
  return widths
}

function cellsOfOne(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2
  // Marks without a letter of their own, and joiners.
  return /^[\p{M}\u200c\u200d]/u.test(grapheme) ? 0 : 1
}
