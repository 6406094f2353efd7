// In words: what a session is connected to, and whom it can't see.
import type { Counts } from './contacts.ts'

export function describe(where: string, { seen, unseen, foreign }: Counts): string {
  const parts = [where, `${seen} ${seen === 1 ? 'contact' : 'contacts'}`]
  if (unseen > 0) parts.push(`${unseen} more that can't be seen (they have not accepted the account's subscription)`)
  if (foreign > 0) parts.push(`${foreign} of other domains ignored`)
  return parts.join(', ')
}
