// The picture that `watch` draws in a terminal: everybody's state, sorted, as much as there is room for.
import type { PresenceDocument, Status } from '../client/index.ts'
import { printable } from '../core/printable.ts'
import { wholeSeconds } from './presence-line.ts'
import { columnWidths, fit } from './table.ts'

export interface Picture {
  readonly documents: Iterable<PresenceDocument>
  /** What to say below the table, when there is something to say. */
  readonly notice: string | undefined
  readonly columns: number
  readonly rows: number
  readonly colour: boolean
}

const HEADER = ['USER', 'STATUS', 'SOURCE', 'SINCE', 'MESSAGE']
/** No user's name takes more of the line than this. */
const WIDEST = 40

const COLOURS: Readonly<Record<Status, string>> = { available: '32', busy: '31', away: '33', unavailable: '90' }
const ORDER = ['available', 'busy', 'away', 'unavailable'] as const

/** The lines of the picture, top down; none is longer than there are columns, and there are no more than rows. */
export function drawTable({ documents, notice, columns, rows, colour }: Picture): string[] {
  const sorted = [...documents].sort((a, b) => (a.user_id < b.user_id ? -1 : a.user_id > b.user_id ? 1 : 0))
  const room = Math.max(0, rows - 3)
  // When not all fit, a line says so.
  const shown = sorted.slice(0, sorted.length > room ? Math.max(0, room - 1) : room)
  const cells = shown.map(row)
  const widths = columnWidths([HEADER, ...cells]).map((width) => Math.min(width, WIDEST))
  const paint = (text: string, code: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const line = (row: readonly string[]) => {
    const [message = '', ...others] = [row.at(-1), ...row.slice(0, -1)]
    const before = others.map((cell, column) => fit(cell, widths[column] ?? 0)).join('  ')
    return fit(`${before}  ${message}`, columns).trimEnd()
  }
  const lines = [paint(line(HEADER), '1')]
  for (const [index, document] of shown.entries()) lines.push(paint(line(cells[index] ?? []), COLOURS[document.status]))
  if (shown.length < sorted.length) lines.push(fit(`… and ${sorted.length - shown.length} more`, columns).trimEnd())
  lines.push(fit(counts(sorted), columns).trimEnd())
  if (notice !== undefined) lines.push(paint(fit(printable(notice), columns).trimEnd(), '7'))
  return lines.slice(0, rows)
}

function row({ user_id, status, message, source, since, stale }: PresenceDocument): string[] {
  const texts = [
    user_id,
    stale ? `${status} (stale)` : status,
    source ?? '-',
    since === null ? '-' : wholeSeconds(since),
  ]
  return [...texts, message].map(printable)
}

function counts(documents: readonly PresenceDocument[]): string {
  const parts = ORDER.map((status) => `${documents.filter((document) => document.status === status).length} ${status}`)
  return `${documents.length} ${documents.length === 1 ? 'user' : 'users'}: ${parts.join(', ')}`
}
