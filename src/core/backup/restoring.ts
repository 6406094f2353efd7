// Makes what clients have published what it was in a backup, in a service that runs: user by user, and never half of one.
import type { Clock } from '../clock.ts'
import { clamped } from '../loading.ts'
import type { Intent } from '../saving.ts'
import { LOADED } from '../standing.ts'
import type { CombinedMark, Entry } from '../store.ts'
import { foldUserId } from '../user-id.ts'
import type { UserTable } from '../user-table.ts'

/** How many entries are saved at once: a few milliseconds' worth. */
const SLICE = 1_000

export interface RestoringParts {
  readonly table: UserTable
  readonly clock: Clock
  /** Whether clients publish to a source. What a collector has seen is not restored: it sees better itself. */
  isPublishable(source: string): boolean
  /** Whether a client has just said something that is about to be saved. */
  isWaiting(userId: string, source: string): boolean
  /** Resolves when all is saved and visible; rejects with SavingError. */
  save(intents: readonly Intent[]): Promise<void>
}

export interface RestoreOptions {
  /** What was published after this time, of the daemon's clock, stays; undefined: nothing does. */
  readonly keepAfter: number | undefined
}

/** How many sections of users, so far. */
export interface RestoreProgress {
  /** Looked at in the backup. */
  readonly read: number
  readonly restored: number
  /** Of sources that are collectors, or not configured. */
  readonly passedOver: number
  /** Taken away since they are not in the backup. */
  readonly withdrawn: number
}

/**
 * Restores these entries, whose times are of the daemon's clock, and takes away what is not among them. What clients say meanwhile is newer, and
 * stays. Tells after every slice how far it is.
 */
export async function* restore(
  entries: AsyncIterable<Entry>,
  { keepAfter }: RestoreOptions,
  parts: RestoringParts,
): AsyncGenerator<RestoreProgress> {
  const { table, clock, isPublishable, isWaiting, save } = parts
  const began = clock.now()
  const keptFrom = Math.min(keepAfter ?? began, began)
  const touched = new Set<number>() // places of slots
  let progress: RestoreProgress = { read: 0, restored: 0, passedOver: 0, withdrawn: 0 }

  /** What makes a section what it shall be; undefined when it stays as it is. */
  function intentFor(userId: string, source: string, exactly: NonNullable<Intent['exactly']>): Intent | undefined {
    const slot = table.slot(userId, source)
    if ((slot !== undefined && slot.updated > keptFrom) || isWaiting(userId, source)) return undefined
    const ifVersion = slot?.version ?? 0
    return { userId, source, publication: undefined, at: clock.now(), session: LOADED, ifVersion, exactly }
  }

  async function putBack(users: readonly (readonly Entry[])[]): Promise<void> {
    const intents: Intent[] = []
    for (const user of users) {
      const mark = markOf(user)
      for (const { userId, source, presence } of user) {
        if (presence === undefined) continue
        const exactly = { presence: clamped(presence, clock.now()), ...(mark && { mark }) }
        const intent = isPublishable(source) ? intentFor(foldUserId(userId), source, exactly) : undefined
        if (intent !== undefined) intents.push(intent)
        progress = intent === undefined ? { ...progress, passedOver: progress.passedOver + 1 } : progress
      }
      progress = { ...progress, read: progress.read + user.length }
    }
    await save(intents)
    for (const { userId, source } of intents) {
      const slot = table.slot(userId, source)
      if (slot !== undefined) touched.add(slot.place)
    }
    progress = { ...progress, restored: progress.restored + intents.length }
  }

  for await (const users of slicesOf(entries)) {
    await putBack(users)
    yield progress
  }
  for (const users of table.slices(SLICE)) {
    const intents: Intent[] = []
    for (const { userId, slots } of users) {
      for (const slot of slots) {
        if (!isPublishable(slot.source) || touched.has(slot.place)) continue
        const intent = intentFor(userId, slot.source, {})
        if (intent !== undefined) intents.push(intent)
      }
    }
    await save(intents)
    progress = { ...progress, withdrawn: progress.withdrawn + intents.length }
    yield progress
  }
}

/** The entries by user, so many at a time; those of one user stand together in a backup. */
export async function* slicesOf(entries: AsyncIterable<Entry>): AsyncGenerator<(readonly Entry[])[]> {
  let users: Entry[][] = []
  let count = 0
  for await (const entry of entries) {
    const last = users.at(-1)
    count += 1
    if (last?.[0]?.userId === entry.userId) last.push(entry)
    else if (count > SLICE) {
      yield users
      users = [[entry]]
      count = 1
    } else users.push([entry])
  }
  if (users.length > 0) yield users
}

/** The newest entry of a user carries the mark. */
export function markOf(user: readonly Entry[]): CombinedMark | undefined {
  let newest: Entry | undefined
  for (const entry of user) if (newest === undefined || entry.version > newest.version) newest = entry
  return newest?.mark
}
