// The presence service: publish, withdraw, read, expire; the only writer of the store.
import type { Presence } from './presence.ts'
import type { SectionPublication, SourceInfo, SourceKind } from './sources.ts'

/** SKELETON: signatures first. */
export class PresenceService {
  /** Everything known of a user now (epoch milliseconds of the daemon's clock in all times). Any spelling of the id. */
  read(_userId: string): Presence {
    throw new Error('not yet')
  }

  /** The kind of a configured source; undefined for a name that is none. */
  kindOf(_source: string): SourceKind | undefined {
    throw new Error('not yet')
  }

  /** The collectors that have not settled since the daemon's start. */
  pending(): readonly string[] {
    throw new Error('not yet')
  }

  sources(): readonly SourceInfo[] {
    throw new Error('not yet')
  }

  /** Publishes for publishable sources. Resolves when all is saved and visible; rejects with SavingError. */
  publish(_sections: readonly SectionPublication[]): Promise<void> {
    throw new Error('not yet')
  }

  /** Forgets a user at once, in memory and in the store. */
  forget(_userId: string): Promise<void> {
    throw new Error('not yet')
  }
}
