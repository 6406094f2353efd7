// One-time notes in the store: left by whichever node, taken once over all nodes, and so few that nobody can fill the store with them.
import type { Clock } from './clock.ts'
import { SavingError } from './errors.ts'
import { type Change, type Entry, NO_VERSION, type PresenceStore } from './store.ts'

/** So many groups of places there are, and in each so many for a note. */
export const GROUPS = 1_000
export const PLACES = 10

/** How often a place is looked for anew because another node was quicker. */
const ATTEMPTS = 20

/** The user whom a group stands for in the store; whoever leaves notes is in one group. */
const GROUP = 'kopano-presence:note-'
/** No source can be called so. */
const PLACE = ':place-'

export interface Place {
  readonly group: number
  readonly place: number
}

export interface NoteParts {
  readonly store: Pick<PresenceStore, 'save'>
  readonly clock: Pick<Clock, 'now'>
}

/** Whether an entry of the store is such a note, and so says nothing of a user. */
export function isNote({ source }: Pick<Entry, 'source'>): boolean {
  return source.startsWith(PLACE)
}

export class OneTimeNotes {
  readonly #parts: NoteParts

  constructor(parts: NoteParts) {
    this.#parts = parts
  }

  /**
   * Leaves a note for so many milliseconds, in a place of this group that is free, or else in that of its oldest note. `text` makes the
   * note, which may name its place. Rejects with SavingError.
   */
  async leave(group: number, lifetime: number, text: (at: Place) => string): Promise<Place> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const there = await this.#look(Array.from({ length: PLACES }, (_, place) => ({ group, place })))
      const versions = there.map((entry) => entry?.version ?? 0)
      const place = versions.indexOf(Math.min(...versions))
      const now = this.#parts.clock.now()
      const at = { group, place }
      const presence = { status: 'unavailable', message: text(at), since: now, updated: now } as const
      const note = { ...placeOf(at), presence: { ...presence, expires: now + lifetime } }
      const [result] = await this.#parts.store.save([{ ...note, ifVersion: versions[place] ?? 0 }])
      if (typeof result === 'number') return at
    }
    throw new SavingError('too many nodes leave notes at once')
  }

  /** The note at this place, if it is the right one; nobody else gets it any more. Rejects with SavingError. */
  async take(at: Place, isRight: (text: string) => boolean): Promise<string | undefined> {
    const [entry] = await this.#look([at])
    if (entry?.presence === undefined || !isRight(entry.presence.message)) return undefined
    const [result] = await this.#parts.store.save([{ ...placeOf(at), ifVersion: entry.version }])
    // Otherwise somebody else was quicker.
    const isMine = typeof result === 'number' && !isOver(entry.presence, this.#parts.clock.now())
    return isMine ? entry.presence.message : undefined
  }

  /** A save on a condition that nothing fulfils is told what is there. */
  async #look(places: readonly Place[]): Promise<readonly (Entry | undefined)[]> {
    const changes = places.map((at): Change => ({ ...placeOf(at), ifVersion: NO_VERSION }))
    const results = await this.#parts.store.save(changes)
    return results.map((result) => {
      return typeof result === 'object' && result.refused === 'version' ? result.current : undefined
    })
  }
}

function placeOf({ group, place }: Place): { readonly userId: string; readonly source: string } {
  return { userId: `${GROUP}${group}`, source: `${PLACE}${place}` }
}

function isOver(note: Entry['presence'], now: number): boolean {
  return (note?.expires ?? 0) <= now
}
