// What the doctor asks of IRC: the login, and what the server's limits mean for those who are followed. Joins nothing, says nothing.
import { randomInt } from 'node:crypto'
import { type Finding, someOf, type Tell } from '../../core/finding.ts'
import type { PluginContext } from '../../core/plugin.ts'
import { excerpt } from '../../core/printable.ts'
import { Identities } from './identities.ts'
import { type Login, logIn } from './login.ts'
import type { IrcOptions } from './options.ts'
import { PACE } from './pacing.ts'
import { USERHOST_LIMIT } from './questions.ts'
import { identitiesOf, refused, settingsOf } from './settings.ts'

export async function diagnose(
  options: IrcOptions,
  context: PluginContext,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { server: host = '', port } = options
  // The daemon has the nick of presence.cfg.
  const nick = `${options.nick.slice(0, 5)}${randomInt(1_000, 10_000)}`
  try {
    const login = await logIn(settingsOf(host, { ...options, nick }, context.source), context.clock, signal)
    const { connection, server, software, protection } = login
    connection.ended.catch(() => {})
    const account = options.sasl_username === undefined ? '' : `, logged in to the account ${options.sasl_username}`
    tell({ level: 'ok', text: `the login at ${host}:${port} works (${server}, ${software}, ${protection}${account})` })
    for (const finding of onLimits(login, options, context)) tell(finding)
    connection.send('QUIT :diagnosed')
    connection.fail(new Error('ended'))
  } catch (error) {
    throw refused(options, error)
  }
}

/** Whom this server lets us follow, and how (pure). */
export function onLimits(
  { features, capabilities }: Pick<Login, 'features' | 'capabilities'>,
  options: IrcOptions,
  context: Pick<PluginContext, 'mapUser' | 'mappedIds'>,
): Finding[] {
  const identities = new Identities({
    ...{ mapping: features.caseMapping, identities: identitiesOf(options, context), domain: options.domain },
  })
  const nicks = [...identities.all()].map(({ id }) => id)
  const findings: Finding[] = []
  const warn = (text: string, option: string) => findings.push({ level: 'warning', text, option })
  const names = (ids: readonly string[]): string => someOf(ids.map((id) => excerpt(id, 60)))
  const { monitor, nickLength } = features
  const asked = nicks.length - Math.min(nicks.length, monitor)
  if (asked > 0) {
    const round = Math.max(options.poll_interval, Math.ceil(asked / USERHOST_LIMIT) * (PACE / 1_000))
    const why = monitor === 0 ? 'the server has no MONITOR' : `the server's MONITOR takes ${monitor} nicks`
    warn(
      `${why}, and ${nicks.length} are followed: ${asked} are asked for every ${round} s, and so seen later`,
      'user_map',
    )
  } else if (nicks.length > 0) {
    findings.push({ level: 'ok', text: `the server tells of all ${nicks.length} nicks by itself (MONITOR)` })
  }
  const long = options.identify_by === 'nick' ? nicks.filter((id) => id.length > nickLength) : []
  if (long.length > 0)
    warn(`no nicks on this server, where they have at most ${nickLength} characters: ${names(long)}`, 'user_map')
  if (identities.impossible.length > 0) warn(`can be no nicks: ${names(identities.impossible)}`, 'user_map')
  if (identities.doubtful.length > 0) {
    warn(`to this server the same as another, so left out: ${names(identities.doubtful)}`, 'user_map')
  }
  if (identities.leftOut > 0) warn(`${identities.leftOut} more than can be followed are left out`, 'user_map')
  if (options.nick.length > nickLength) {
    warn(`the server cuts the own nick ${options.nick} to ${nickLength} characters; choose a shorter one`, 'nick')
  }
  if (options.identify_by === 'account' && !capabilities.has('account-notify') && !features.whox) {
    findings.push({
      level: 'error',
      text: "the server tells nobody's account (neither account-notify nor WHOX), so nobody can be known by it; identify by nick, or use another server",
      option: 'identify_by',
    })
  }
  return findings
}
