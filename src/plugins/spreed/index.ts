// The spreed source: web clients publish their state, and keep it with heartbeats.
import { decimal } from '../../core/options.ts'
import type { PluginDefinition } from '../../core/plugin.ts'

export interface SpreedOptions {
  readonly auto_unavailable: number
}

const MINUTE = 60_000

/** A state lasts until `auto_unavailable` minutes pass without a publication; then the user is unavailable without a message. */
export const spreed: PluginDefinition<SpreedOptions> = {
  name: 'spreed',
  options: {
    auto_unavailable: decimal({
      help: 'After so many minutes without an update a user becomes unavailable.',
      default: 2,
      min: 0.01,
      max: 525_600,
      unit: 'minutes',
    }),
  },
  create(options) {
    const length = Math.round(options.auto_unavailable * MINUTE)
    return {
      acceptsSessions: true,
      accept({ status, message }, _current, now) {
        // Whoever says "unavailable" is gone already; their message stays.
        if (status === 'unavailable') return { status, message }
        return { status, message, expires: now + length, atExpiry: 'unavailable' }
      },
      withdrawn: () => ({ status: 'unavailable', message: '' }),
    }
  },
}
