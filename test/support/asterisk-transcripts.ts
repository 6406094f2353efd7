// The recorded conversations with a real Asterisk (test/transcripts/asterisk), as connections and blocks of lines.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../transcripts/asterisk')

/** One message as its lines, from the server or the client; or what was noted, or typed at Asterisk's own console. */
export interface Entry {
  readonly from: 'server' | 'client' | 'note' | 'console'
  readonly lines: readonly string[]
}

/** Everything of one connection, in order. */
export interface Recorded {
  readonly entries: readonly Entry[]
}

/** The connections of a transcript, by the beginning of its file's name (`05`). */
export function transcript(number: string): Recorded[] {
  const name = NAMES.find((candidate) => candidate.startsWith(number))
  if (name === undefined) throw new Error(`there is no transcript ${number}`)
  const recorded: Entry[][] = []
  let block: { from: 'server' | 'client'; lines: string[] } | undefined
  for (const line of readFileSync(join(FOLDER, name), 'utf8').split('\n')) {
    const [mark, text] = [line.slice(0, 2), line.slice(3)]
    if (line.startsWith('# connect ')) recorded.push([])
    const entries = recorded.at(-1)
    if (entries === undefined) continue
    if (mark === 'S:' || mark === 'C:') {
      const from = mark === 'S:' ? 'server' : 'client'
      // The greeting has no empty line behind it.
      if (text.startsWith('Asterisk Call Manager')) entries.push({ from, lines: [text] })
      else if (text !== '') {
        if (block?.from !== from) block = { from, lines: [] }
        block.lines.push(text)
      } else if (block !== undefined) {
        entries.push(block)
        block = undefined
      }
    } else if (line !== '') {
      entries.push({ from: line.startsWith('$') ? 'console' : 'note', lines: [line.slice(2)] })
    }
  }
  return recorded.map((entries) => ({ entries }))
}

export const NAMES = [
  '02-login-md5.txt',
  '03-login-wrong.txt',
  '05-device-states.txt',
  '06-presence-states.txt',
  '08-fullybooted-masks.txt',
  '10-dialplan-reload.txt',
  '11-utf8-and-quoting.txt',
  '12-shutdown.txt',
  '13-boot.txt',
  '14-boot-user-presence.txt',
]

/** The bytes of a message as they were on the wire; the transcripts write a byte that is no UTF-8 as `\xe9`. */
export function wire(lines: readonly string[]): Buffer {
  const isGreeting = lines[0]?.startsWith('Asterisk Call Manager') === true
  const text = `${lines.join('\r\n')}\r\n${isGreeting ? '' : '\r\n'}`
  const parts = text.split(/\\x([0-9a-f]{2})/)
  return Buffer.concat(parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))))
}

/** What the server sent, in order. */
export function serverBlocks({ entries }: Recorded): (readonly string[])[] {
  return entries.filter(({ from }) => from === 'server').map(({ lines }) => lines)
}

/** The value of a key in a block. */
export function valueIn(block: readonly string[], key: string): string | undefined {
  return block
    .find((line) => line.startsWith(`${key}:`))
    ?.slice(key.length + 1)
    .trim()
}
