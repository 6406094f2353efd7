// What the sources say of a person, as chips and as lines of the details. Pure.
import type { PresenceDocument, Status } from '../client/index.ts'
import { clockWords } from './durations.ts'
import { STATUS_WORDS } from './status.ts'
import { shown } from './text.ts'

export interface Chip {
  readonly name: string
  /** Null while the source has not told everything since the daemon's start, and nothing of this person. */
  readonly status: Status | null
  readonly stale: boolean
  /** The source has not told everything yet. */
  readonly pending: boolean
  readonly decides: boolean
  /** For who hears it: the rest of the row has been told already. */
  readonly spoken: string
  /** All of it in words. */
  readonly words: string
}

/** One for each source that says something, then one for each that may yet do so. */
export function chipsOf(document: PresenceDocument, now: number): readonly Chip[] {
  const { sources, pending, source: deciding } = document
  const chips: Chip[] = Object.entries(sources).map(([name, section]) => {
    const { status, message, since, stale = false } = section
    const decides = name === deciding
    const waits = pending.includes(name)
    const state = `${shown(name, 100)}: ${STATUS_WORDS[status].toLowerCase()}`
    const marks = [
      stale && 'may be old: its connection is lost',
      waits && 'still being asked',
      decides && 'this counts',
    ]
    const ending = marks.filter((mark) => mark !== false)
    const text = message === '' ? [] : [`“${shown(message, 200)}”`]
    const words = [state, ...text, `since ${clockWords(Date.parse(since), now)}`, ...ending].join(', ')
    return { name, status, stale, pending: waits, decides, spoken: [state, ...ending].join(', '), words }
  })
  for (const name of pending) {
    if (Object.hasOwn(sources, name)) continue
    const words = `${shown(name, 100)}: not heard yet`
    chips.push({ name, status: null, stale: false, pending: true, decides: false, spoken: words, words })
  }
  return chips
}

/** What should make a reader careful about the combined status; empty when nothing should. */
export function doubtWords({ stale, pending, status, source }: PresenceDocument): string {
  if (stale) return `may be old: ${shown(source ?? '', 40)} has lost its connection`
  if (status === 'unavailable' && pending.length > 0) return 'not heard yet'
  return ''
}
