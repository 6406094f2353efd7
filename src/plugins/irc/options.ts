// The options of the irc source, as presence.cfg has them.
import {
  choice,
  integer,
  list,
  type OptionMistake,
  type OptionSchema,
  type OptionSpec,
  path,
  secret,
  text,
  yesNo,
} from '../../core/options.ts'
import { userIdMistake } from '../../core/user-id.ts'
import { FOLLOWED_LIMIT, readPair } from './identities.ts'
import { isChannel, isName } from './message.ts'
import { PACE } from './pacing.ts'
import { USERHOST_LIMIT } from './questions.ts'

export interface IrcOptions {
  readonly server: string | undefined
  readonly port: number
  readonly tls: boolean
  readonly tls_verify: boolean
  readonly ca_file: string | undefined
  readonly nick: string
  readonly server_password: string | undefined
  readonly sasl_username: string | undefined
  readonly sasl_password: string | undefined
  readonly channels: readonly string[]
  readonly user_map: readonly string[]
  readonly identify_by: 'nick' | 'account'
  readonly domain: string | undefined
  readonly poll_interval: number
  readonly max_line: number
  readonly grace: number
  readonly busy_words: readonly string[]
}

const nick: OptionSpec<string> = {
  help: 'The own nick; at most 9 characters suit every server. When it is taken, two digits follow.',
  default: 'presence',
  allowed: 'a nick: letters, digits and []\\`_^{|}-, no digit first',
  parse: (value) => (/^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,63}$/.test(value) ? value : undefined),
}

const domain: OptionSpec<string | undefined> = {
  help: 'People of the channels whom nothing maps are nick@DOMAIN; without it they are left out.',
  default: undefined,
  allowed: 'a domain, as example.com',
  example: 'example.com',
  parse: (value) => (/^[^\s@/]{1,253}$/.test(value) ? value : undefined),
}

export const ircOptions: OptionSchema<IrcOptions> = {
  server: text({ help: "The server's name or address.", default: undefined, example: 'irc.example.com' }),
  port: integer({ help: 'Its port; 6697 is for TLS, 6667 for none.', default: 6697, min: 1, max: 65_535 }),
  tls: yesNo({ help: 'TLS from the first byte; no: in the clear, for a server on the same machine.', default: true }),
  tls_verify: yesNo({ help: "The server's certificate must be trusted and for its name.", default: true }),
  ca_file: path({
    help: 'The authorities whose certificates count, as PEM; without it those that Node.js knows.',
    default: undefined,
    example: '/etc/ssl/certs/ca-certificates.crt',
  }),
  nick,
  server_password: secret({
    help: 'The password of the server, if it wants one.',
    default: undefined,
    example: 'secret',
  }),
  sasl_username: text({
    help: 'The services account to log in to (SASL PLAIN); never connects without it then.',
    default: undefined,
    example: 'presence',
  }),
  sasl_password: secret({ help: 'Its password.', default: undefined, example: 'secret' }),
  channels: list({
    help: 'Channels to join; the people in them are followed while they are there.',
    default: [],
    example: '#team #office',
  }),
  user_map: list({
    help: 'Who is followed, as NICK=USER (irc_identify_by = account: ACCOUNT=USER); the lines of user_map_file count too.',
    default: [],
    example: 'markd=markd@example.com eva=eva@example.com',
  }),
  identify_by: choice({
    help: 'nick: who has the nick is the user; account: only who is logged in to the services account is.',
    default: 'nick',
    words: ['nick', 'account'],
  }),
  domain,
  poll_interval: integer({
    help: 'So often people are asked for of whom the server does not tell by itself; many take longer, five in two seconds.',
    default: 30,
    min: 5,
    max: 3_600,
    unit: 'seconds',
  }),
  max_line: integer({
    help: 'The longest line from the server; a longer one ends the session. IRCv3 allows 8.5 KiB.',
    default: 16,
    min: 9,
    max: 1_024,
    unit: 'KiB',
  }),
  grace: integer({
    help: 'So long users keep their state when the connection is lost (marked as stale) or a netsplit cuts them off; then they are unavailable.',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 'seconds',
  }),
  busy_words: list({ help: 'Who is away with one of these words in the text is busy.', default: ['busy', 'dnd'] }),
}

/** What is missing or doesn't fit together. */
export function optionMistakes(options: IrcOptions): OptionMistake[] {
  const { server, sasl_username, sasl_password, channels, user_map } = options
  const mistakes: OptionMistake[] = []
  const refuse = (option: string, words: string) => mistakes.push({ option, text: words })
  if (server === undefined) refuse('server', 'is missing; it must name the IRC server, as irc.example.com')
  if (sasl_username !== undefined && sasl_password === undefined)
    refuse('sasl_password', 'is missing; it belongs to the account')
  if (sasl_username === undefined && sasl_password !== undefined)
    refuse('sasl_username', 'is missing; it names the account of the password')
  for (const name of channels) {
    if (!isChannel(name)) refuse('channels', `"${name}" is no channel; write them as #team #office`)
  }
  for (const entry of user_map) {
    const pair = readPair(entry)
    if (pair === undefined || !isName(pair.id))
      refuse('user_map', `"${entry}" must be NICK=USER, as in markd=markd@example.com`)
    else {
      const mistake = userIdMistake(pair.userId)
      if (mistake !== undefined) refuse('user_map', `the user of ${pair.id} ${mistake}`)
    }
  }
  if (user_map.length > FOLLOWED_LIMIT)
    refuse('user_map', `has ${user_map.length} people; ${FOLLOWED_LIMIT} can be followed`)
  return mistakes
}

/** The hosts to which nothing travels over a network. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** What is allowed but unwise. */
export function optionAdvice(options: IrcOptions): OptionMistake[] {
  const { server, tls, tls_verify, sasl_username, identify_by, user_map, grace } = options
  const advice: OptionMistake[] = []
  const advise = (option: string, words: string) => advice.push({ option, text: words })
  const isLocal = server !== undefined && LOOPBACK.includes(server)
  if (!tls && !isLocal)
    advise('tls', 'is no: passwords and presence travel in the clear; use it unless the server is on the same machine')
  if (tls && !tls_verify && !isLocal) {
    advise(
      'tls_verify',
      'is no: anybody in between can pretend to be the server; name its authority in ca_file instead',
    )
  }
  if (identify_by === 'nick' && sasl_username !== undefined) {
    advise('identify_by', 'is nick: whoever takes a nick is taken for its user; with services, account is safe')
  }
  const round = Math.ceil(user_map.length / USERHOST_LIMIT) * (PACE / 1000)
  if (round > grace + 30) {
    advise(
      'grace',
      `is short: without MONITOR it takes ${round} seconds to ask for everybody; with less, a new connection shows people as unavailable`,
    )
  }
  return advice
}
