// What tabs of one origin tell each other.
import { isPresenceDocument, type PresenceDocument } from './documents.ts'

export type TabMessage =
  /** To the leader: whom a tab wants to know of (folded ids). */
  | { readonly type: 'want'; readonly tab: string; readonly users: readonly string[] }
  /** To the leader, of whom nothing was heard for a while: are you there? */
  | { readonly type: 'ask' }
  | LeaderMessage

/** Of two leaders the one with the greater term counts: a tab that was suspended may not know yet that another one leads. */
export type LeaderMessage =
  /** Of a new leader: everybody say what you want. */
  | { readonly type: 'lead'; readonly term: number }
  /** Of the leader: how some users are, and whether the stream stands. */
  | {
      readonly type: 'news'
      readonly term: number
      readonly live: boolean
      readonly documents: readonly PresenceDocument[]
    }

/** The lock that a tab holds for as long as it is there. */
export function lockOfTab(name: string, tab: string): string {
  return `${name} tab ${tab}`
}

/** Every script of the origin may write into the channel, by mistake too. */
export function isTabMessage(value: unknown): value is TabMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'ask') return true
  if (value.type === 'want')
    return 'tab' in value && typeof value.tab === 'string' && 'users' in value && areTexts(value.users)
  if (!('term' in value) || !Number.isSafeInteger(value.term)) return false
  if (value.type === 'lead') return true
  if (value.type !== 'news' || !('live' in value) || typeof value.live !== 'boolean') return false
  return 'documents' in value && Array.isArray(value.documents) && value.documents.every(isPresenceDocument)
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((member) => typeof member === 'string')
}
