// The picture of a person: their initials in the colour of their state, with its sign.
import type { PresenceDocument } from '../client/index.ts'
import { Mark } from './mark.tsx'
import type { Status } from './status.ts'
import { initials, shown } from './text.ts'

/** What a document is shown as: a state, or that nothing can be said yet. */
export function signOf({ status, pending }: PresenceDocument): Status | 'unknown' {
  return status === 'unavailable' && pending.length > 0 ? 'unknown' : status
}

export function Avatar({ account, sign }: { readonly account: string; readonly sign: Status | 'unknown' }) {
  return (
    <span class="avatar" data-status={sign} aria-hidden="true">
      <span class="initials">{shown(initials(account), 4)}</span>
      <Mark status={sign} />
    </span>
  )
}
