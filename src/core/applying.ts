// What was saved comes into the table, and watchers are told of it: the only writer of the table once it is loaded.
import type { Deadlines } from './deadlines.ts'
import type { Drafts } from './drafts.ts'
import type { Saver, Waiting } from './saving.ts'
import type { Change } from './store.ts'
import type { UserTable } from './user-table.ts'
import type { Watching } from './watching.ts'

export interface ApplyingParts {
  readonly table: UserTable
  readonly drafts: Drafts
  readonly deadlines: Deadlines
  readonly watching: Watching
}

export class Applying implements Saver {
  readonly #parts: ApplyingParts

  constructor(parts: ApplyingParts) {
    this.#parts = parts
  }

  begin(): void {
    this.#parts.drafts.begin()
  }

  change(waiting: Waiting): Change | undefined {
    return this.#parts.drafts.draft(waiting)
  }

  saved(waiting: Waiting, change: Change, version: number): void {
    if (version === 0) return
    const { table, deadlines, watching } = this.#parts
    const { userId, source, presence, mark } = change
    const tell = watching.observe(userId)
    if (presence === undefined) table.remove(userId, source, version)
    else deadlines.watch(userId, table.put(userId, source, presence, version, waiting.session))
    const user = table.get(userId)
    if (user !== undefined) user.mark = mark
    tell(version)
  }

  dropped({ userId, source }: Waiting): void {
    this.#parts.deadlines.watch(userId, this.#parts.table.slot(userId, source))
  }
}
