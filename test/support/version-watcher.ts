// What one watcher knows of users whose messages are version numbers: so that nobody goes back in time unnoticed.
import { createHash } from 'node:crypto'

/** The part of a presence document that counts here. */
export interface VersionDocument {
  readonly user_id: string
  readonly status: string
  readonly message: string
}

export class VersionWatcher {
  /** By user. */
  readonly known = new Map<string, string>()
  /** Who went back in time, and how. */
  readonly mistakes: string[] = []
  events = 0

  see({ user_id, status, message }: VersionDocument): void {
    this.events += 1
    const before = Number(this.known.get(user_id)?.split(' ')[0] ?? 0)
    if (Number(message) < before) this.mistakes.push(`${user_id} went back from ${before} to ${message}`)
    this.known.set(user_id, `${Number(message)} ${status}`)
  }

  /** The same for all that know the same of the same users. */
  digest(): string {
    const lines = [...this.known].map(([user, state]) => `${user} ${state}`).sort()
    return createHash('sha256').update(lines.join('\n')).digest('base64url')
  }
}
