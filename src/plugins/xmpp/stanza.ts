// Reads presence and roster elements into plain, bounded data; knows no rule about what they mean.
import { MESSAGE_LIMIT, type Status } from '../../core/presence.ts'
import { foldUserId } from '../../core/user-id.ts'
import type { XmlElement } from './library.ts'

/** An address: its parts as RFC 6120 and 7622 name them. */
export interface Jid {
  /** Folded: how servers write it tells nothing. */
  readonly bare: string
  /** Never folded; empty in a bare JID. */
  readonly resource: string
}

/** A presence stanza with a sender. */
export interface PresenceStanza {
  readonly from: Jid
  /** `available` without a type; whatever else the type says. */
  readonly type: string
  readonly status: Status
  readonly message: string
  readonly priority: number
  /** When it was sent, if an XEP-0203 delay tells; epoch milliseconds of the server's clock. */
  readonly sent?: number
  /** It comes out of a room (XEP-0045). */
  readonly room: boolean
}

/** A contact as the roster has it (RFC 6121, section 2.1.2). */
export interface RosterItem {
  /** Folded. */
  readonly bare: string
  readonly subscription: string
  /** Whether the contact has been asked for their presence and has not answered. */
  readonly pending?: boolean
}

/** Three parts of 1,023 octets at most, `@` and `/` (RFC 7622, section 3.1). */
const JID_LIMIT = 3071
const NS_CLIENT = 'jabber:client'
const NS_DELAY = 'urn:xmpp:delay'
const NS_ROSTER = 'jabber:iq:roster'
const NS_ROOM = 'http://jabber.org/protocol/muc#user'

/** The parts of an address; undefined when it is none. */
export function readJid(text: string | undefined): Jid | undefined {
  if (text === undefined || text === '' || text.length > JID_LIMIT) return undefined
  const slash = text.indexOf('/')
  const bare = slash === -1 ? text : text.slice(0, slash)
  if (bare === '') return undefined
  return { bare: foldUserId(bare), resource: slash === -1 ? '' : text.slice(slash + 1) }
}

/** The account's name in a folded bare JID, and its domain; undefined for an address without a name, as servers have. */
export function accountOf(bare: string): { readonly name: string; readonly domain: string } | undefined {
  const at = bare.indexOf('@')
  if (at <= 0 || at === bare.length - 1) return undefined
  return { name: bare.slice(0, at), domain: bare.slice(at + 1) }
}

/** Undefined when nobody is named as the sender. */
export function readPresence(stanza: XmlElement): PresenceStanza | undefined {
  const from = readJid(stanza.attrs.from)
  if (from === undefined) return undefined
  const type = stanza.attrs.type ?? 'available'
  let show: string | undefined
  let message: string | undefined
  let plain = false // whether the message is the one without a language
  let priority = 0
  let sent: number | undefined
  let room = false
  for (const child of stanza.children) {
    if (typeof child === 'string') continue
    const namespace = child.attrs.xmlns
    if (namespace === undefined || namespace === NS_CLIENT) {
      if (child.name === 'show') show ??= child.getText().trim()
      else if (child.name === 'priority') priority = readPriority(child.getText())
      else if (child.name === 'status' && !plain) {
        plain = child.attrs['xml:lang'] === undefined
        if (plain || message === undefined) message = child.getText()
      }
    } else if (namespace === NS_DELAY && child.name === 'delay') sent ??= readStamp(child.attrs.stamp)
    else if (namespace === NS_ROOM) room = true
  }
  return {
    from,
    type,
    status: type === 'unavailable' ? 'unavailable' : statusOf(show),
    message: bounded(message ?? ''),
    priority,
    ...(sent !== undefined && { sent }),
    room,
  }
}

/** The items of a roster result or push; those without an address are left out. */
export function readRoster(iq: XmlElement): RosterItem[] {
  const items: RosterItem[] = []
  for (const child of iq.getChild('query', NS_ROSTER)?.children ?? []) {
    if (typeof child === 'string' || child.name !== 'item') continue
    const jid = readJid(child.attrs.jid)
    if (jid !== undefined) {
      const { subscription = 'none', ask } = child.attrs
      items.push({ bare: jid.bare, subscription, ...(ask === 'subscribe' && { pending: true }) })
    }
  }
  return items
}

function statusOf(show: string | undefined): Status {
  if (show === 'dnd') return 'busy'
  return show === 'away' || show === 'xa' ? 'away' : 'available'
}

/** Between -128 and 127 (RFC 6121, section 4.7.2.3); some servers pass on more. */
function readPriority(text: string): number {
  const priority = /^\s*[+-]?\d{1,9}\s*$/.test(text) ? Number(text) : 0
  return Math.min(Math.max(priority, -128), 127)
}

/** A date and time of XEP-0082. */
function readStamp(stamp: string | undefined): number | undefined {
  if (stamp === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(stamp))
    return undefined
  const time = Date.parse(stamp)
  return time >= 0 ? time : undefined
}

/** At most as many code points as are kept. */
function bounded(message: string): string {
  if (message.length <= MESSAGE_LIMIT) return message
  // A code point has at most two units, so the slice holds enough of them.
  return [...message.slice(0, 2 * MESSAGE_LIMIT)].slice(0, MESSAGE_LIMIT).join('')
}
