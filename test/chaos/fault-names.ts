// The faults by name: what each hits, and which of them take long.
import type { Source } from './plan.ts'

export interface FaultKind {
  /** The sources whose users may become stale. */
  readonly hits: readonly Source[]
  /** Takes most of a minute: not for the short form. */
  readonly long?: boolean
}

const BOTH = ['xmpp', 'irc', 'spreed'] as const

export const FAULTS = {
  'Prosody is killed, and back before the daemon': { hits: ['xmpp'] },
  'Prosody is killed, and the daemon back before the people': { hits: ['xmpp'] },
  'Prosody is restarted politely': { hits: ['xmpp'] },
  'Prosody is stopped until that is noticed': { hits: ['xmpp'] },
  'Prosody and InspIRCd are stopped for a moment': { hits: ['xmpp', 'irc'] },
  'InspIRCd is killed, and back before the daemon': { hits: ['irc'] },
  'InspIRCd is restarted politely': { hits: ['irc'] },
  'InspIRCd is stopped until that is noticed': { hits: ['irc'], long: true },
  'the links are cut': { hits: ['xmpp', 'irc'] },
  'the link to Prosody swallows everything': { hits: ['xmpp'] },
  'the link to InspIRCd swallows everything': { hits: ['irc'], long: true },
  'nobody answers for longer than the grace': { hits: ['xmpp', 'irc'] },
  'the daemon is killed while people publish': { hits: BOTH },
  'the daemon is killed again and again': { hits: BOTH },
  'the daemon and both servers are killed at once': { hits: BOTH },
  'the daemon is stopped for a moment': { hits: BOTH },
  'the daemon is restarted politely while people publish': { hits: BOTH },
  'the daemon reads its configuration again': { hits: ['xmpp', 'irc'] },
  'the daemon is killed, and its configuration another when it starts': { hits: BOTH },
  'the watchers are cut off': { hits: ['spreed'] },
} as const satisfies Readonly<Record<string, FaultKind>>

export type FaultName = keyof typeof FAULTS

/** Those that take no longer than they may, with this in their names; of `short` none that takes most of a minute. */
export function chosenFaults({
  short,
  only = '',
}: {
  readonly short: boolean
  readonly only?: string
}): readonly FaultName[] {
  const kinds = Object.entries<FaultKind>(FAULTS).flatMap(([name, { long }]) =>
    (short && long) || !name.includes(only) ? [] : [name as FaultName],
  )
  if (kinds.length === 0) throw new Error(`No fault has "${only}" in its name.`)
  return kinds
}
