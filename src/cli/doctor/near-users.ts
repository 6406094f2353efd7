// Users that look like one person under two ids, and ids that nobody has said who they are (pure).
import type { Finding } from '../../core/finding.ts'
import { someOf } from '../../core/finding.ts'

/** A user, and the sources that say something of them. */
export interface Known {
  readonly userId: string
  readonly sources: readonly string[]
}

interface Name {
  readonly known: Known
  readonly local: string
  readonly domain: string | undefined
}

/** So many pairs are told: of more, there is a rule to be found. */
const PAIRS = 20

/** A person has one id in each source, so only users of different sources can be one. */
export function onUsers(users: readonly Known[], hasMap: boolean): Finding[] {
  const names = users.map(nameOf)
  const findings: Finding[] = []
  const pairs: { readonly line: string; readonly ids: readonly [string, string] }[] = []
  const byKey = new Map<string, Name[]>()
  for (const name of names) {
    for (const key of keysOf(name)) {
      const same = byKey.get(key)
      if (same === undefined) byKey.set(key, [name])
      else same.push(name)
    }
  }
  const told = new Set<string>()
  for (const group of byKey.values()) {
    // Initials that fit two people of one source fit nobody in particular.
    if (!areApart(group)) continue
    const [fullest, ...others] = [...group].sort((one, other) => other.local.length - one.local.length)
    for (const { known } of others) {
      const line = `${known.sources[0]} ${known.userId} = ${fullest?.known.userId}`
      if (told.has(line)) continue
      told.add(line)
      pairs.push({ line, ids: [known.userId, fullest?.known.userId ?? ''] })
    }
  }
  const where = hasMap ? 'a line in user_map_file joins them' : 'user_map_file can join them'
  for (const { line, ids } of pairs.slice(0, PAIRS)) {
    const text = `${ids[0]} and ${ids[1]} may be one person, whom different sources call differently; ${where}: ${line}`
    findings.push({ level: 'warning', text, option: 'user_map_file' })
  }
  if (pairs.length > PAIRS) {
    const text = `${pairs.length - PAIRS} more pairs look like one person each; perhaps xmpp_user_id_strip_domain, or another option for user ids, is not as it should be`
    findings.push({ level: 'warning', text, option: 'user_map_file' })
  }
  findings.push(...withoutDomain(names))
  return findings
}

/** Where nearly everybody has a domain, who has none was called so by a system, and not by whoever manages users. */
function withoutDomain(names: readonly Name[]): Finding[] {
  const bare = names.filter(({ domain }) => domain === undefined)
  if (bare.length === 0 || bare.length * 2 >= names.length) return []
  const ids = bare.map(({ known }) => `${known.userId} (${known.sources.join(', ')})`)
  const text = `nobody has said who these are: ${someOf(ids)}; lines of user_map_file can, or the option for the domain of the source`
  return [{ level: 'warning', text, option: 'user_map_file' }]
}

function nameOf(known: Known): Name {
  const at = known.userId.lastIndexOf('@')
  return at < 0
    ? { known, local: known.userId, domain: undefined }
    : { known, local: known.userId.slice(0, at), domain: known.userId.slice(at + 1) }
}

/** What a name may be written as elsewhere: `markus.dekker` as `mdekker`, `m.dekker`, `markusdekker`; at the domain or without one. */
function* keysOf({ local, domain }: Name): Generator<string> {
  const parts = local.split(/[._-]+/).filter((part) => part !== '')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  const at = domain === undefined ? '' : `@${organisation(domain)}`
  const plain = parts.join('')
  const forms = new Set([plain])
  if (parts.length > 1 && last.length > 2) forms.add(`${first[0]}${last}`)
  for (const form of forms) if (form.length > 2) yield `${form}${at}`
}

/** `chat.example.com` and `example.com` are one organisation; `a.co.uk` and `b.co.uk` are not. */
function organisation(domain: string): string {
  const labels = domain.split('.')
  const isSecondLevel = (labels.at(-1)?.length ?? 0) === 2 && (labels.at(-2)?.length ?? 0) <= 3
  return labels.slice(isSecondLevel ? -3 : -2).join('.')
}

/** Whether each source speaks of one of them at most. */
function areApart(group: readonly Name[]): boolean {
  const sources = group.flatMap(({ known }) => known.sources)
  return (
    group.length > 1 && group.every(({ known }) => known.sources.length > 0) && new Set(sources).size === sources.length
  )
}
