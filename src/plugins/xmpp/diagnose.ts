// What the doctor asks of XMPP: the login, and whom of its contacts the account sees. Sends no presence and asks nobody for theirs.
import { randomBytes, randomUUID } from 'node:crypto'
import { type Finding, someOf, type Tell } from '../../core/finding.ts'
import type { PluginContext } from '../../core/plugin.ts'
import { excerpt } from '../../core/printable.ts'
import { certificateFinding } from '../../net/certificate-age.ts'
import { inTime } from '../../net/deadline.ts'
import { connect, countedDomains, type Network } from './connect.ts'
import { xml } from './library.ts'
import type { XmppOptions } from './options.ts'
import { type RosterItem, readRoster } from './stanza.ts'

/** How long the roster may take, in milliseconds. */
const ROSTER = 10_000
/** For the library's own timers, in milliseconds. */
const LIBRARY_PATIENCE = 600_000

export async function diagnose(
  options: XmppOptions,
  context: PluginContext,
  tell: Tell,
  signal: AbortSignal,
  network?: Network,
): Promise<void> {
  // The session of the daemon has the resource of presence.cfg: binding that would end it.
  const resource = `doctor-${randomBytes(6).toString('hex')}`
  const { login, target } = await connect({ ...options, resource }, context, signal, network)
  const { stream, caller, protection } = login
  const stop = () => stream.fail(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  stream.ended.catch(() => {})
  try {
    tell({ level: 'ok', text: `the login as ${options.jid} at ${target.host}:${target.port} works (${protection})` })
    const age = certificateFinding(stream.certificateEnd, context.clock.wall())
    if (age !== undefined) tell(age)
    stream.stanzaLimit = options.max_roster * 1024 * 1024
    const request = xml('iq', { type: 'get', id: randomUUID() }, xml('query', { xmlns: 'jabber:iq:roster' }))
    const roster = await inTime(context.clock, ROSTER, 'the roster', caller.request(request, LIBRARY_PATIENCE))
    for (const finding of onContacts(readRoster(roster), options)) tell(finding)
    stream.write('</stream:stream>').catch(() => {})
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Whom the account sees, and whom not, and why (pure). */
export function onContacts(roster: readonly RosterItem[], options: XmppOptions): Finding[] {
  const domains = countedDomains(options)
  const domainOf = (bare: string): string => bare.slice(bare.indexOf('@') + 1)
  const counted = roster.filter(({ bare }) => domains.has(domainOf(bare)))
  const seen = counted.filter(({ subscription }) => subscription === 'to' || subscription === 'both')
  const unseen = counted.filter((item) => !seen.includes(item))
  const findings: Finding[] = []
  if (seen.length === 0) {
    const text = `${options.jid} sees nobody's presence: no contact of ${someOf([...domains])} lets it. The README of the xmpp plugin has the lines for Prosody and ejabberd`
    findings.push({ level: 'error', text, option: 'jid' })
  } else findings.push({ level: 'ok', text: `${options.jid} sees ${seen.length} of ${counted.length} contacts` })
  const groups: [RosterItem[], string][] = [
    [
      unseen.filter(({ pending }) => pending === true),
      'have been asked and have not answered: let them accept the request',
    ],
    [
      unseen.filter(({ pending, subscription }) => pending !== true && subscription === 'from'),
      'see it, but it does not see them: ask them for their presence (subscribe) from that account',
    ],
    [
      unseen.filter(({ pending, subscription }) => pending !== true && subscription !== 'from'),
      'are in the roster without a subscription: ask them for their presence (subscribe) from that account',
    ],
  ]
  for (const [items, why] of groups) {
    if (items.length === 0) continue
    const names = someOf(items.map(({ bare }) => excerpt(bare, 100)))
    findings.push({ level: 'warning', text: `${items.length} can't be seen (${names}); they ${why}` })
  }
  const others = new Set(roster.map(({ bare }) => domainOf(bare)).filter((domain) => !domains.has(domain)))
  if (others.size > 0) {
    const text = `contacts of ${someOf([...others].map((name) => excerpt(name, 100)))} don't count; name their domain beside the own one if they should`
    findings.push({ level: 'warning', text, option: 'domains' })
  }
  return findings
}
