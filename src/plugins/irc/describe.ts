// In words: what a session is connected to, whom it follows how, and whom it can't see.
import { excerpt } from '../../core/printable.ts'

/** So many names are told; the rest is counted. */
const NAMES = 5

export interface Situation {
  /** Server, nick and encryption. */
  readonly where: string
  readonly followed: number
  /** How many of them are told of without being asked for. */
  readonly pushed: number
  /** Whether MONITOR is there at all. */
  readonly monitor: boolean
  /** How many MONITOR had no room for. */
  readonly overflow: number
  /** Seconds between two rounds of questions. */
  readonly round: number
  readonly members: number
  readonly overlooked: number
  readonly channelsIn: readonly string[]
  readonly channelsOut: readonly { readonly name: string; readonly reason: string }[]
  /** Nicks that this server can't have. */
  readonly impossible: readonly string[]
  /** Names that are the same as another one's to this server. */
  readonly doubtful: readonly string[]
  readonly leftOut: number
  /** People of channels who are nobody's. */
  readonly unmapped: readonly string[]
  /** Nicks that are there but not logged in to an account. */
  readonly withoutAccount: readonly string[]
  /** The source's name, which begins its options. */
  readonly source: string
}

export function describe(situation: Situation): string {
  const { where, followed, pushed, monitor, overflow, round, source } = situation
  const parts = [where, `${followed} ${followed === 1 ? 'nick' : 'nicks'} followed`]
  const polled = followed - pushed
  if (polled > 0) {
    const why = monitor
      ? overflow > 0
        ? 'MONITOR is full'
        : 'the server does not tell of everything'
      : 'the server has no MONITOR'
    parts.push(`${polled} of them asked for every ${round} s (${why})`)
  }
  if (situation.channelsIn.length > 0) {
    parts.push(
      `${situation.members} ${situation.members === 1 ? 'person' : 'people'} in ${listed(situation.channelsIn)}`,
    )
  }
  for (const { name, reason } of situation.channelsOut.slice(0, NAMES))
    parts.push(`not in ${excerpt(name, 50)}: ${excerpt(reason)}`)
  if (situation.unmapped.length > 0) {
    parts.push(
      `nobody's, as neither user_map_file nor ${source}_user_map nor ${source}_domain names a user: ${listed(situation.unmapped)}`,
    )
  }
  if (situation.withoutAccount.length > 0)
    parts.push(`not logged in to an account, so not counted: ${listed(situation.withoutAccount)}`)
  if (situation.impossible.length > 0) parts.push(`no nicks on this server: ${listed(situation.impossible)}`)
  if (situation.doubtful.length > 0)
    parts.push(`left out, as the server takes them for the same as another: ${listed(situation.doubtful)}`)
  if (situation.leftOut > 0) parts.push(`${situation.leftOut} more than can be followed`)
  if (situation.overlooked > 0) parts.push('more people in channels than can be followed')
  return parts.join('; ')
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES).map((name) => excerpt(name, 50))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
