// One message of the manager interface (AMI), its texts, and how actions are written (pure).
import { isUtf8 } from 'node:buffer'

/** What a message's first line says that it is: `Event: NAME`, `Response: NAME`, or something else. */
export interface AmiMessage {
  readonly kind: 'event' | 'response' | 'other'
  readonly name: string
  /** By the lower-case key. Replies may repeat one; the first counts. */
  readonly fields: ReadonlyMap<string, string>
}

export function readMessage(lines: readonly string[]): AmiMessage {
  const fields = new Map<string, string>()
  let first: readonly [key: string, value: string] | undefined
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon === -1) continue
    const key = line.slice(0, colon).trimEnd().toLowerCase()
    const value = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    first ??= [key, value]
    if (!fields.has(key)) fields.set(key, value)
  }
  const [key, name] = first ?? ['', '']
  // Only the first line says what a message is: what stands further down can be anybody's text.
  return { kind: key === 'event' || key === 'response' ? key : 'other', name, fields }
}

/** The field, or the empty text. */
export function field({ fields }: AmiMessage, key: string): string {
  return fields.get(key) ?? ''
}

/** UTF-8 where it can be, else Latin-1: Asterisk hands on the bytes that it was given. */
export function decodeLine(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** Takes back the C escapes of `PresenceStateChange`. */
export function unescapeText(text: string): string {
  return text.replace(/\\([abfnrtv\\'"?])/g, (_, letter: string) => ESCAPED.get(letter) ?? letter)
}

/** An action as it goes over the wire. A line break in a value would begin another header, so there is none. */
export function writeAction(action: string, headers: Readonly<Record<string, string>>): string {
  const lines = [['Action', action], ...Object.entries(headers)].map(([key, value]) => `${key}: ${value}`)
  if (lines.some((line) => /[\r\n\0]/.test(line))) throw new Error(`the action ${action} would hold a line break`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
