// Whether events can be believed: some print anybody's text as it is, and a line break in it forges other events (pure).
import type { AmiMessage } from './message.ts'

/** Events that hold nothing but escaped text and names of the administrator's. */
const HARMLESS: ReadonlySet<string> = new Set([
  'FullyBooted',
  'Shutdown',
  'DeviceStateChange',
  'PresenceStateChange',
  'ExtensionStatus',
])

const CHANGES: ReadonlySet<string> = new Set(['DeviceStateChange', 'PresenceStateChange', 'PresenceStatus'])

/**
 * A forged event can only stand behind the beginning of a real one that prints raw text (PresenceStatus does). So everything is
 * true until the first of those has come; from then on events only tell that it is time to ask, as lists can't be forged.
 */
export class EventTrust {
  #lost = false

  /** Other events than the needed ones come: manager.conf has no filter. */
  get lost(): boolean {
    return this.#lost
  }

  /** Whether what this event says may count, whatever it claims to be. */
  judge({ name }: AmiMessage): boolean {
    if (!HARMLESS.has(name)) this.#lost = true
    return !this.#lost
  }

  /** Whether there may be something new to ask for. */
  tellsOfChange({ name }: AmiMessage): boolean {
    return CHANGES.has(name)
  }
}
