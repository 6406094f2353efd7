// The options of the asterisk source, as presence.cfg has them.
import { integer, list, type OptionMistake, type OptionSchema, path, secret, text, yesNo } from '../../core/options.ts'
import { excerpt } from '../../core/printable.ts'
import { IDLE, PING_PATIENCE } from './keepalive.ts'
import { mapKey, readUserMapEntry } from './user-ids.ts'

export interface AsteriskOptions {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly ca_file: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly context: string
  readonly user_map: readonly string[]
  readonly domain: string | undefined
  readonly resync_interval: number
  readonly max_line: number
  readonly grace: number
}

export const asteriskOptions: OptionSchema<AsteriskOptions> = {
  host: text({ help: "Asterisk's name or address.", default: '127.0.0.1', example: 'pbx.example.com' }),
  port: integer({
    help: 'The port of its manager interface (bindport in manager.conf; with TLS that of tlsbindaddr, mostly 5039).',
    default: 5038,
    min: 1,
    max: 65_535,
  }),
  tls: yesNo({ help: 'Whether that port speaks TLS.', default: false }),
  ca_file: path({
    help: 'The authorities whose certificates count, as PEM; without it those that Node.js knows.',
    default: undefined,
    example: '/etc/ssl/certs/ca-certificates.crt',
  }),
  username: text({
    help: 'The user of the manager interface: the name of its section in manager.conf.',
    default: undefined,
    example: 'presence',
  }),
  password: secret({ help: 'Its secret.', default: undefined, example: 'secret' }),
  context: text({ help: 'The context of the dialplan whose hints count.', default: 'ext-local' }),
  user_map: list({
    help: 'Who an extension or a device is, as EXTENSION=USER or DEVICE=USER.',
    default: [],
    example: '110=markd@example.com PJSIP/eva=eva@example.com',
  }),
  domain: text({
    help: 'Extensions that no line names are the users EXTENSION@DOMAIN; without it the extension alone.',
    default: undefined,
    example: 'example.com',
  }),
  resync_interval: integer({
    help: 'So often everything is asked for anew: Asterisk says nothing of hints that were added or removed.',
    default: 300,
    min: 5,
    max: 86_400,
    unit: 'seconds',
  }),
  max_line: integer({
    help: 'The longest line from Asterisk; a longer one ends the session. The longest that it writes are a few KiB.',
    default: 64,
    min: 4,
    max: 1_024,
    unit: 'KiB',
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
export function optionMistakes({ username, password, user_map, domain }: AsteriskOptions): OptionMistake[] {
  const mistakes: OptionMistake[] = []
  if (username === undefined)
    mistakes.push({ option: 'username', text: 'is missing; it must be the name of a section in manager.conf' })
  if (password === undefined)
    mistakes.push({ option: 'password', text: 'is missing; it must be the secret of that section in manager.conf' })
  if (domain !== undefined && /[@\s]/.test(domain)) {
    mistakes.push({ option: 'domain', text: `"${excerpt(domain)}" is no domain; write it as example.com` })
  }
  const seen = new Map<string, string>()
  for (const word of user_map) {
    const entry = readUserMapEntry(word)
    if (entry === undefined) {
      const example = '110=markd@example.com or PJSIP/eva=eva@example.com'
      mistakes.push({ option: 'user_map', text: `"${excerpt(word)}" must be ID=USER, as in ${example}` })
      continue
    }
    const earlier = seen.get(mapKey(entry.id))
    if (earlier !== undefined && earlier !== entry.userId) {
      const text = `${excerpt(entry.id)} is both ${excerpt(earlier)} and ${excerpt(entry.userId)}; keep one of them`
      mistakes.push({ option: 'user_map', text })
    }
    seen.set(mapKey(entry.id), entry.userId)
  }
  return mistakes
}

/** The hosts to which nothing travels over a network. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** What is allowed but unwise. */
export function optionAdvice({ grace, tls, host, ca_file }: AsteriskOptions): OptionMistake[] {
  const advice: OptionMistake[] = []
  const noticed = (IDLE + PING_PATIENCE) / 1000
  if (grace < noticed) {
    advice.push({
      option: 'grace',
      text: `is short: a dead connection is noticed after up to ${noticed} seconds; below that, short troubles show everybody as unavailable`,
    })
  }
  if (!tls && !LOOPBACK.includes(host)) {
    advice.push({
      option: 'tls',
      text: 'is no: presence travels in the clear, and whoever listens can try passwords against the login; use TLS unless the server is on the same machine',
    })
  }
  if (!tls && ca_file !== undefined) {
    advice.push({ option: 'ca_file', text: 'has no effect without TLS' })
  }
  return advice
}
