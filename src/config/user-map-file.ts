// Reads user_map_file: lines `SOURCE ID = USER`.
import { excerpt } from '../core/printable.ts'
import { foldUserId, userIdMistake } from '../core/user-id.ts'
import type { UserMapping } from '../core/user-map.ts'
import { didYouMean } from './did-you-mean.ts'
import { type Mistake, where } from './mistakes.ts'
import { readLines } from './syntax.ts'

export interface ReadUserMap {
  readonly mappings: readonly UserMapping[]
  readonly mistakes: readonly Mistake[]
  readonly notes: readonly string[]
}

interface Parts {
  readonly source: string
  readonly id: string
  readonly userId: string
}

/** Every line, with every mistake. `sources` are the configured ones; a line of another one is kept, with a note. */
export function readUserMap(content: Uint8Array, file: string, sources: readonly string[]): ReadUserMap {
  const { lines, undecodable } = readLines(content)
  const mappings: UserMapping[] = []
  const mistakes: Mistake[] = undecodable.map((line) => ({ file, line, text: 'is not UTF-8; save the file as UTF-8' }))
  const unknown = new Map<string, number>()
  const seen = new Map<string, { readonly line: number; readonly userId: string }>()

  for (const { number, text } of lines) {
    const refuse = (sentence: string) => mistakes.push({ file, line: number, text: sentence })
    const parts = splitLine(text)
    if (parts === undefined) {
      refuse(`"${excerpt(text)}" must be SOURCE ID = USER, as in: xmpp mark@chat.example.com = mark@example.com`)
      continue
    }
    const idMistake = userIdMistake(parts.id)
    const userMistake = userIdMistake(parts.userId)
    if (idMistake !== undefined) refuse(`the ID ${idMistake}`)
    if (userMistake !== undefined) refuse(`the USER ${userMistake}`)
    if (idMistake !== undefined || userMistake !== undefined) continue
    // No source name has white space in it, so the pair makes one key.
    const key = `${parts.source} ${foldUserId(parts.id)}`
    const earlier = seen.get(key)
    if (earlier !== undefined && foldUserId(earlier.userId) !== foldUserId(parts.userId)) {
      const other = excerpt(earlier.userId)
      refuse(`${excerpt(parts.source)} ${excerpt(parts.id)} is ${other} in line ${earlier.line} already; keep one line`)
      continue
    }
    if (earlier === undefined) seen.set(key, { line: number, userId: parts.userId })
    if (!sources.includes(parts.source) && !unknown.has(parts.source)) unknown.set(parts.source, number)
    mappings.push(parts)
  }
  mistakes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
  const notes = [...unknown].map(([source, line]) => {
    const place = where({ file, line })
    return `${place}: there is no source ${excerpt(source)}, so its lines have no effect${didYouMean(source, sources)}`
  })
  return { mappings, mistakes, notes }
}

/** The `=` with white space on both sides divides, so that an id may hold one; without such a one the first does. */
function splitLine(text: string): Parts | undefined {
  const spaced = text.search(/\s=\s/)
  const equals = spaced === -1 ? text.indexOf('=') : spaced + 1
  if (equals <= 0) return undefined
  const [, source, id] = /^(\S+)\s+(.+)$/su.exec(text.slice(0, equals).trimEnd()) ?? []
  const userId = text.slice(equals + 1).trimStart()
  return source === undefined || id === undefined || userId === '' ? undefined : { source, id, userId }
}
