// The manual source: what people say of themselves, over everything that is observed, until it expires or is taken back.
import { integer, yesNo } from '../../core/options.ts'
import type { PluginDefinition } from '../../core/plugin.ts'
import type { Publication, SourcePresence } from '../../core/presence.ts'

export interface ManualOptions {
  readonly expire: number
  readonly requires_presence: boolean
}

const HOUR = 3_600_000

/** A state lasts as long as its client says, else `expire` hours; then the source says nothing of the user any more. */
export const manual: PluginDefinition<ManualOptions> = {
  name: 'manual',
  options: {
    expire: integer({
      help: 'How long a state lasts that comes without a lifetime of its own; 0 means for ever.',
      default: 24,
      min: 0,
      max: 8_760,
      unit: 'hours',
    }),
    requires_presence: yesNo({
      help: 'Whether "available" and "away" count only while some other source sees the user; "busy" and "unavailable" always count.',
      default: true,
    }),
  },
  create: ({ expire, requires_presence }) => ({
    ownUserOnly: true,
    withdrawable: true,
    acceptsLifetime: true,
    requiresPresence: requires_presence,
    accept(publication, current, now) {
      const { status, message } = publication
      const expires =
        publication.expires ?? (inForce(publication, current, now) ? current?.expires : inHours(expire, now))
      return { status, message, ...(expires !== undefined && { expires, atExpiry: 'withdrawn' as const }) }
    },
    withdrawn: () => undefined,
  }),
}

/** Whether a client only sends back what it has read: that keeps its deadline. */
function inForce({ status, message }: Publication, current: SourcePresence | undefined, now: number): boolean {
  const same = current?.status === status && current.message === message
  return same && (current.expires === undefined || current.expires > now)
}

function inHours(hours: number, now: number): number | undefined {
  return hours === 0 ? undefined : now + hours * HOUR
}
