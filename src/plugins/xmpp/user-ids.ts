// Which user a contact is: the map of users first, then the rules for addresses (pure).
import { foldUserId, userIdMistake } from '../../core/user-id.ts'
import { accountOf } from './stanza.ts'

export interface UserIdRules {
  /** The account that the daemon logs in with; it is nobody's presence. Folded. */
  readonly account: string
  /** Contacts of other domains are not counted. Folded. */
  readonly domains: ReadonlySet<string>
  /** Only the account's name is the user id. */
  readonly stripDomain: boolean
  mapUser(bare: string): string | undefined
}

/** The folded user id of a contact (by its folded bare JID), or why it is none of ours. */
export function userOf(bare: string, rules: UserIdRules): { userId: string } | { ignored: 'no-user' | 'foreign' } {
  const parts = accountOf(bare)
  if (parts === undefined || bare === rules.account) return { ignored: 'no-user' }
  if (!rules.domains.has(parts.domain)) return { ignored: 'foreign' }
  const userId = foldUserId(rules.mapUser(bare) ?? derived(parts.name, parts.domain, rules.stripDomain))
  return userIdMistake(userId) === undefined ? { userId } : { ignored: 'no-user' }
}

function derived(name: string, domain: string, stripDomain: boolean): string {
  if (stripDomain) return name
  // The old daemon did so for servers that have their users at chat.example.com and their mail at example.com.
  return `${name}@${domain.startsWith('chat.') && domain.length > 5 ? domain.slice(5) : domain}`
}
