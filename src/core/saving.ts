// What is to be saved: the words between the queue, those who fill it, and those who wait.
import type { SavingError } from './errors.ts'
import type { Publication } from './presence.ts'
import type { Change, Entry } from './store.ts'

/** What shall be saved of one user and source. */
export interface Intent {
  /** Folded. */
  readonly userId: string
  readonly source: string
  /** The tab or device of the user that says it, the one without a name being ''. Undefined: said of the user as a whole. */
  readonly device?: string
  /** Undefined: the source says nothing of the user any more. */
  readonly publication: Publication | undefined
  /** When it was said, or the deadline that it is the outcome of. */
  readonly at: number
  /** The collector's session that said it. */
  readonly session: number
  /** For the outcome of a deadline: only if nothing newer was saved. It gives way to whatever else waits. */
  readonly ifVersion?: number
  /** Of a collector under a lease: the grant's number. */
  readonly fence?: number
  /** What the table has is saved once more, since the store has lost it. */
  readonly again?: boolean
  readonly exactly?: Pick<Change, 'presence' | 'mark'> // instead of the publication, word for word: as a backup has it
}

/** An intent on its way, with what the intents that it replaced have left to it. */
export interface Waiting extends Intent {
  /** When its status was first said among those that it replaced. */
  readonly statusSince: number
  /** When the first of those that it replaced was said. */
  readonly heardAt: number
  /** The version of what the store has of a user of whom nothing is known here: what was withdrawn may still be there for its mark. */
  readonly absentVersion?: number
}

/** Whoever waits for an intent, or for one that replaced it. */
export interface Waiter {
  saved(): void
  /** Absent: the intent is kept and tried again until it is saved. */
  failed?(error: SavingError): void
  /** It was dropped, since another node runs the source now, and was not saved. Absent: nobody has to know. */
  fenced?(): void
}

/** What waits for the store, and who waits for it. */
export interface Item {
  waiting: Waiting
  /** What a client's intent has replaced: it counts again if the client's can't be saved. */
  fallback: Waiting | undefined
  waiters: Waiter[]
  /** How often another node was quicker. */
  tries?: number
}

/** How the queue asks what to save, and tells what was. */
export interface Saver {
  /** A new group begins. */
  begin(): void
  /** Undefined: no longer worth saving. */
  change(waiting: Waiting): Change | undefined
  /** Called in the order of the changes. */
  saved(waiting: Waiting, change: Change, version: number): void
  /** Another node has saved something in between: this is there now. The result is to be tried then; undefined: it no longer counts. */
  overtaken(waiting: Waiting, change: Change, current: Entry | undefined): Waiting | undefined
  /** The collector has lost its lease to another node: what it says no longer counts. */
  fenced(waiting: Waiting): void
  /** It was given up: what it held back can happen now. */
  dropped(waiting: Waiting): void
}
