// Answers people who want to be contacts of the account: yes, and asks them back (RFC 6121, section 3.1).
import type { Contacts } from './contacts.ts'
import { xml } from './library.ts'
import type { Jid } from './stanza.ts'
import type { ClientStream } from './stream.ts'

/** Accepts somebody of the domains that count; others stay unanswered, for a person to decide. */
export function answerSubscription(
  { bare }: Jid,
  contacts: Pick<Contacts, 'sees' | 'mayCount'>,
  stream: Pick<ClientStream, 'say'>,
): void {
  if (!contacts.mayCount(bare)) return
  stream.say(xml('presence', { type: 'subscribed', to: bare }))
  if (!contacts.sees(bare)) stream.say(xml('presence', { type: 'subscribe', to: bare }))
}
