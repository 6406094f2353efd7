// What the server is asked, as lines within the bounds of the protocol (pure).
import type { Nick } from './nick.ts'

/** One line to the server that it answers. */
export type Question =
  | { readonly kind: 'join'; readonly channels: readonly string[] }
  | { readonly kind: 'monitor'; readonly nicks: readonly Nick[] }
  | { readonly kind: 'links' }
  /** Who of a channel is away; with fields of WHOX also their accounts. */
  | { readonly kind: 'who'; readonly channel: string; readonly whox: boolean }
  | { readonly kind: 'userhost'; readonly nicks: readonly Nick[] }
  | { readonly kind: 'whois'; readonly nick: Nick }
  | { readonly kind: 'ping' }

/** How many nicks USERHOST takes (RFC 2812, section 4.8). */
export const USERHOST_LIMIT = 5
/** The names in one line, in bytes: less than 512 with what is around them. */
export const NAMES_LIMIT = 400
/** Marks our answers to WHOX, and our PONG. */
export const TOKEN = '152'

export function lineOf(question: Question): string {
  switch (question.kind) {
    case 'join':
      return `JOIN ${question.channels.join(',')}`
    case 'monitor':
      return `MONITOR + ${names(question.nicks, ',')}`
    case 'links':
      return 'LINKS'
    case 'who':
      return question.whox ? `WHO ${question.channel} %tnfa,${TOKEN}` : `WHO ${question.channel}`
    case 'userhost':
      return `USERHOST ${names(question.nicks, ' ')}`
    case 'whois':
      return `WHOIS ${question.nick.name}`
    case 'ping':
      return `PING :${TOKEN}`
  }
}

/** As many from the beginning as fit in one line; at least one. */
export function fitting<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  let bytes = 0
  const count = items.findIndex((item) => {
    bytes += Buffer.byteLength(nameOf(item)) + 1
    return bytes > NAMES_LIMIT
  })
  return items.slice(0, count === -1 ? items.length : Math.max(1, count))
}

function names(nicks: readonly Nick[], separator: string): string {
  return nicks.map(({ name }) => name).join(separator)
}
