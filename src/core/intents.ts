// What is to be saved of what a client publishes: its section, completed by the plugin of the source.
import type { PublishableSource } from './plugin.ts'
import { boundedPublication, type SourcePresence } from './presence.ts'
import type { Intent } from './saving.ts'
import type { SectionPublication } from './sources.ts'
import { LOADED } from './standing.ts'

export interface IntentParts {
  readonly plugin: PublishableSource
  /** Folded: who is meant. */
  readonly userId: string
  /** What the source says of them so far. */
  readonly current: SourcePresence | undefined
  readonly now: number
}

/** Throws what the plugin does. */
export function intentOf(section: SectionPublication, { plugin, userId, current, now }: IntentParts): Intent {
  const { status, message, source, expiresIn } = section
  const expires = expiresIn === undefined ? {} : { expires: now + expiresIn }
  const said = status === null ? plugin.withdrawn(now) : plugin.accept({ status, message, ...expires }, current, now)
  const publication = said === undefined ? undefined : boundedPublication(said)
  const device = section.device ?? (status === null ? undefined : '')
  const speaker = plugin.acceptsSessions === true && device !== undefined ? { device } : {}
  return { userId, source, ...speaker, publication, at: now, session: LOADED }
}
