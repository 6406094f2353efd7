// The rules by which the service answers, and which may change while it runs.
import type { Circumstances } from './derive.ts'
import type { PublishableSource } from './plugin.ts'
import type { SaveQueue } from './save-queue.ts'
import type { Waiting } from './saving.ts'
import type { Standing } from './standing.ts'
import type { UserMap } from './user-map.ts'

export interface ServiceRules {
  /** The publishable sources by name. */
  readonly publishable: ReadonlyMap<string, PublishableSource>
  readonly combinedOrder: readonly string[]
  readonly userMap: UserMap
  /** After so many milliseconds without a word a user is forgotten; undefined: never. */
  readonly forgetAfter: number | undefined
  /** When so many users are known clients can make no more; undefined: any number. */
  readonly maxUsers?: number
}

/** What derivation needs to know, by the rules in force at each moment. */
export function circumstancesOf(parts: {
  /** The names of the sources, in their order. */
  readonly order: readonly string[]
  rules(): ServiceRules
  /** Of a collector; undefined for other sources. */
  standingOf(source: string): Standing | undefined
  readonly queue: SaveQueue
}): Circumstances {
  const { order, rules, standingOf, queue } = parts
  let known: { readonly of: ServiceRules; readonly conditional: ReadonlySet<string> } | undefined
  return {
    order,
    get combinedOrder() {
      return rules().combinedOrder
    },
    get conditional() {
      if (known?.of !== rules()) known = { of: rules(), conditional: conditionalOf(rules()) }
      return known.conditional
    },
    isStale: (slot) => standingOf(slot.source)?.isStale(slot.session) ?? false,
    lossDeadline: (slot) => standingOf(slot.source)?.deadlineOf(slot.session),
    isHeld(userId, { source }, deadline, device = '') {
      if (queue.failing) return false
      const holds = (one: Waiting): boolean => one.ifVersion === undefined && one.heardAt < deadline
      return queue.waiting(userId, source).some(holds) || queue.waiting(userId, source, device).some(holds)
    },
  }
}

function conditionalOf({ publishable }: ServiceRules): ReadonlySet<string> {
  return new Set([...publishable].filter(([, plugin]) => plugin.requiresPresence === true).map(([name]) => name))
}
