// What HTTP needs of the presence service, and nothing more.
import type { PresenceService } from '../core/presence-service.ts'

export type PresenceFace = Pick<
  PresenceService,
  | 'read'
  | 'tellSections'
  | 'lasting'
  | 'userOf'
  | 'kindOf'
  | 'publishable'
  | 'pending'
  | 'sources'
  | 'publish'
  | 'forget'
  | 'page'
  | 'watching'
  | 'tally'
  | 'store'
>
