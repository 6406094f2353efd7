// What a server can tell by itself, and so what it must be asked for (pure).
import type { Nick } from './nick.ts'

export interface Abilities {
  /** How many nicks MONITOR takes; 0 without it. */
  readonly monitor: number
  /** The capabilities of IRCv3 that are in force. */
  readonly extendedMonitor: boolean
  readonly awayNotify: boolean
  readonly accountNotify: boolean
  readonly extendedJoin: boolean
  /** WHO tells accounts. */
  readonly whox: boolean
  /** Whether accounts are needed at all. */
  readonly byAccount: boolean
}

/** Whether every change of a nick is told without being asked for. */
export function isPushed(nick: Nick, abilities: Abilities): boolean {
  return comingsArePushed(nick) && awayIsPushed(nick, abilities) && accountIsPushed(nick, abilities)
}

function comingsArePushed({ monitored, channels }: Nick): boolean {
  return monitored || channels.size > 0
}

function awayIsPushed({ monitored, channels }: Nick, { awayNotify, extendedMonitor }: Abilities): boolean {
  return awayNotify && (channels.size > 0 || (monitored && extendedMonitor))
}

function accountIsPushed({ monitored, channels }: Nick, abilities: Abilities): boolean {
  const { accountNotify, extendedMonitor, byAccount } = abilities
  return !byAccount || (accountNotify && (channels.size > 0 || (monitored && extendedMonitor)))
}
