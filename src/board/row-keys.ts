// Which row a key leads to from another one. Pure.
import type { Row } from './rows.ts'

/** The index of a person's row; undefined when the key is none that moves, or there is nobody. `page` is how many rows are in sight. */
export function personAfter(rows: readonly Row[], index: number, key: string, page: number): number | undefined {
  if (key === 'ArrowDown') return nearest(rows, index + 1, 1) ?? nearest(rows, index, -1)
  if (key === 'ArrowUp') return nearest(rows, index - 1, -1) ?? nearest(rows, index, 1)
  if (key === 'PageDown')
    return nearest(rows, Math.min(index + page, rows.length - 1), 1) ?? nearest(rows, rows.length - 1, -1)
  if (key === 'PageUp') return nearest(rows, Math.max(index - page, 0), -1) ?? nearest(rows, 0, 1)
  if (key === 'Home') return nearest(rows, 0, 1)
  if (key === 'End') return nearest(rows, rows.length - 1, -1)
  return undefined
}

function nearest(rows: readonly Row[], from: number, step: 1 | -1): number | undefined {
  for (let index = from; index >= 0 && index < rows.length; index += step) {
    if (rows[index]?.kind === 'person') return index
  }
  return undefined
}
