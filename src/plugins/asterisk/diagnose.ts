// What the doctor asks of Asterisk: the login, the rights of its user, and who is known by a hint. Changes nothing there.
import { type Finding, someOf, type Tell } from '../../core/finding.ts'
import type { PluginContext } from '../../core/plugin.ts'
import { excerpt } from '../../core/printable.ts'
import { inTime } from '../../net/deadline.ts'
import { Connection } from './connection.ts'
import { type Counts, Directory } from './directory.ts'
import { EventTrust } from './event-trust.ts'
import { askForLists } from './lists.ts'
import { logIn } from './login.ts'
import type { AsteriskOptions } from './options.ts'

/** How long Asterisk, when it runs, may take to say that it has booted: it does at once. Milliseconds. */
const BOOTED = 5_000

export async function diagnose(
  options: AsteriskOptions,
  context: PluginContext,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, username = '', password = '', tls, ca_file: caFile } = options
  const { source, clock, mapUser, mappedIds } = context
  const connection = new Connection(options.max_line * 1024)
  const stop = () => connection.fail(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  try {
    let booted = (): void => {}
    const trust = new EventTrust()
    const hasBooted = new Promise<void>((resolve) => {
      booted = resolve
    })
    connection.listener = { event: (event) => void (event.name === 'FullyBooted' && trust.judge(event) && booted()) }
    const { version, protection } = await logIn(connection, {
      ...{ host, port, source, tls, caFile, username, password, clock },
    })
    tell({ level: 'ok', text: `the login as ${username} at ${host}:${port} works (${version}, ${protection})` })
    await inTime(clock, BOOTED, '', Promise.race([hasBooted, connection.ended])).catch(() => {
      if (signal.aborted) return
      const text = `Asterisk tells ${username} no events: its section in manager.conf needs read = system,call (or Asterisk has not finished booting)`
      tell({ level: 'error', text, option: 'username' })
    })
    const directory = new Directory({
      ...{ context: options.context, userMap: options.user_map, domain: options.domain, mapUser, mappedIds },
    })
    directory.listed(await askForLists(connection, clock))
    for (const finding of onDirectory(directory.counts, options)) tell(finding)
    connection.leave()
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Who is known, and which lines and extensions don't meet (pure). */
export function onDirectory(counts: Counts, { context, domain }: AsteriskOptions): Finding[] {
  const findings: Finding[] = []
  const names = (ids: readonly string[]): string => someOf(ids.map((id) => excerpt(id, 60)))
  const warn = (option: string, text: string) => findings.push({ level: 'warning', text, option })
  if (counts.hints === 0) {
    const others = counts.otherContexts.length === 0 ? '' : `; there are some in ${names(counts.otherContexts)}`
    const text = `there is no hint in the context ${context}, so nobody is seen by an extension${others}`
    findings.push({ level: counts.known > 0 ? 'warning' : 'error', text, option: 'context' })
  } else findings.push({ level: 'ok', text: `${counts.known} users are known, by ${counts.hints} hints in ${context}` })
  if (counts.silent > 0) {
    warn(
      'context',
      `of ${counts.silent} more nothing is known, since their devices have no state: check the hints of the dialplan`,
    )
  }
  if (counts.missing.length > 0) {
    warn(
      'user_map',
      `lines without effect, since there is neither an extension in ${context} nor a device: ${names(counts.missing)}`,
    )
  }
  if (counts.unmapped.length > 0) {
    const as = domain === undefined ? 'by the extension alone' : `as EXTENSION@${domain}`
    warn('user_map', `no line says who these extensions are, so they are known ${as}: ${names(counts.unmapped)}`)
  }
  if (counts.shared.length > 0) {
    warn('user_map', `left out, as devices of several users: ${names(counts.shared)}`)
  }
  return findings
}
