// The options of the xmpp source, as presence.cfg has them.
import { domainToASCII } from 'node:url'
import type { OptionMistake } from '../../core/options.ts'
import {
  choice,
  integer,
  list,
  type OptionSchema,
  type OptionSpec,
  path,
  secret,
  text,
  yesNo,
} from '../../core/options.ts'
import { PING_PATIENCE } from './keepalive.ts'
import type { TlsMode } from './srv.ts'
import { accountOf } from './stanza.ts'

export interface XmppOptions {
  readonly jid: string | undefined
  readonly password: string | undefined
  readonly user_id_strip_domain: boolean
  readonly host: string | undefined
  readonly port: number | undefined
  readonly tls: TlsMode
  readonly ca_file: string | undefined
  readonly resource: string
  readonly priority: number
  readonly domains: readonly string[]
  readonly ping_interval: number
  readonly accept_subscriptions: boolean
  readonly max_stanza: number
  readonly max_roster: number
  readonly max_depth: number
  readonly grace: number
}

const jid: OptionSpec<string | undefined> = {
  help: "The account that sees everybody's presence.",
  default: undefined,
  allowed: 'an address without a resource, as presence@example.com',
  example: 'presence@example.com',
  parse: (value) => (isAccount(value) ? value : undefined),
}

const port: OptionSpec<number | undefined> = {
  help: 'The port; without it that of the SRV record, else 5222 (direct TLS: 5223).',
  default: undefined,
  allowed: 'a port from 1 to 65535',
  example: '5222',
  parse: (value) => within(value, 1, 65_535),
}

const priority: OptionSpec<number> = {
  help: "The priority of the own session; below 0 the server sends it nobody's messages.",
  default: -1,
  allowed: 'a whole number from -128 to 127',
  parse: (value) => within(value, -128, 127),
}

export const xmppOptions: OptionSchema<XmppOptions> = {
  jid,
  password: secret({ help: 'Its password.', default: undefined, example: 'secret' }),
  user_id_strip_domain: yesNo({
    help: 'User ids are the names of the accounts alone, without @ and domain.',
    default: false,
  }),
  host: text({
    help: "The server's name or address; without it the SRV records of the account's domain say, else the domain itself.",
    default: undefined,
    example: 'xmpp.example.com',
  }),
  port,
  tls: choice({
    help: 'starttls: encrypted or not at all; direct: TLS from the first byte; none: in the clear, for a server on the same machine.',
    default: 'starttls',
    words: ['starttls', 'direct', 'none'],
  }),
  ca_file: path({
    help: 'The authorities whose certificates count, as PEM; without it those that Node.js knows.',
    default: undefined,
    example: '/etc/ssl/certs/ca-certificates.crt',
  }),
  resource: text({
    help: 'The name of the own session; on several machines the same, so that the server ends a forgotten one.',
    default: 'kopano-presence',
  }),
  priority,
  domains: list({
    help: "Only contacts of these domains count; without it those of the account's own domain.",
    default: [],
    example: 'example.com example.org',
  }),
  ping_interval: integer({
    help: 'After so long without a word from the server it is asked whether it is still there.',
    default: 20,
    min: 1,
    max: 3_600,
    unit: 'seconds',
  }),
  accept_subscriptions: yesNo({
    help: 'Accepts contact requests from these domains, and asks back.',
    default: true,
  }),
  max_stanza: integer({
    help: 'The longest stanza; a longer one ends the session. Servers refuse those of their users far below.',
    default: 512,
    min: 64,
    max: 16_384,
    unit: 'KiB',
  }),
  max_roster: integer({
    help: 'The same for the roster, which comes as one stanza: 64 MiB have room for some 500,000 contacts.',
    default: 64,
    min: 1,
    max: 1_024,
    unit: 'MiB',
  }),
  max_depth: integer({
    help: 'So deep elements of a stanza may be nested; what is deeper is left out of it.',
    default: 64,
    min: 8,
    max: 1_000,
    unit: 'levels',
  }),
  grace: integer({
    help: 'So long users keep their state (marked as stale) when the connection is lost; then they are unavailable.',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 'seconds',
  }),
}

/** What is missing or doesn't fit together. */
export function optionMistakes({ jid, password, domains }: XmppOptions): OptionMistake[] {
  const mistakes: OptionMistake[] = []
  if (jid === undefined) {
    mistakes.push({
      option: 'jid',
      text: 'is missing; it must name the account that sees everybody, as presence@example.com',
    })
  }
  if (password === undefined)
    mistakes.push({ option: 'password', text: 'is missing; it must be the password of the account' })
  for (const domain of domains) {
    if (/[@/]/.test(domain) || domainToASCII(domain) === '') {
      mistakes.push({ option: 'domains', text: `"${domain}" is no domain; write them as example.com example.org` })
    }
  }
  return mistakes
}

/** The hosts to which nothing travels over a network. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** What is allowed but unwise. */
export function optionAdvice({ ping_interval, grace, tls, host }: XmppOptions): OptionMistake[] {
  const advice: OptionMistake[] = []
  const noticed = ping_interval + PING_PATIENCE / 1000
  if (grace < noticed) {
    advice.push({
      option: 'grace',
      text: `is short: a dead connection is noticed after up to ${noticed} seconds; below that, short troubles show everybody as unavailable`,
    })
  }
  if (tls === 'none' && (host === undefined || !LOOPBACK.includes(host))) {
    advice.push({
      option: 'tls',
      text: 'is none: passwords and presence travel in the clear; use starttls unless the server is on the same machine',
    })
  }
  return advice
}

function isAccount(value: string): boolean {
  const parts = accountOf(value)
  return (
    parts !== undefined && !/[\s/]/.test(value) && !parts.domain.includes('@') && domainToASCII(parts.domain) !== ''
  )
}

function within(value: string, min: number, max: number): number | undefined {
  const number = /^-?\d{1,6}$/.test(value) ? Number(value) : Number.NaN
  return number >= min && number <= max ? number : undefined
}
