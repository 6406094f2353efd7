// What a line of the log looks like to people; nothing that it quotes can forge another line.
import { printable } from '../core/printable.ts'
import type { LineLevel } from './log-levels.ts'

export interface LogLine {
  /** ISO 8601 in UTC; undefined to leave it out. */
  readonly time: string | undefined
  readonly level: LineLevel
  /** The room or source that speaks. */
  readonly name: string | undefined
  readonly text: string
  readonly fields: readonly (readonly [string, unknown])[]
}

/** `2026-11-23T09:12:44.120Z [warning] xmpp: text key=value` */
export function textLine({ time, level, name, text, fields }: LogLine): string {
  const parts = [`[${level}]`, name === undefined ? oneLine(text) : `${oneLine(name)}: ${oneLine(text)}`]
  if (time !== undefined) parts.unshift(time)
  for (const [key, value] of fields) parts.push(`${oneLine(key)}=${fieldValue(value)}`)
  return parts.join(' ')
}

/** A value, quoted where one couldn't see otherwise where it ends. */
function fieldValue(value: unknown): string {
  const text = String(value)
  return printable(/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text))
}

/** Line ends stay legible as escapes; whatever else could act on a terminal or turn the reading order is replaced. */
function oneLine(text: string): string {
  return printable(text.replace(/[\n\r\t]/g, (character) => ESCAPES.get(character) ?? ''))
}

const ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
