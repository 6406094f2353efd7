// presence.cfg with anything in it: settings or mistakes that help, and no secret in any of them.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ConfigurationError, readConfiguration } from '../../../src/config/configuration.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { expectedSample } from '../../support/sample-file.ts'
import { edited, mischief, shown } from '../edits.ts'
import type { Target } from '../target.ts'

const FILE = '/nowhere/presence.cfg'
/** Begins every secret here, and stands nowhere else. */
const MARK = 'PSSST'

const SAMPLE = await expectedSample()
const OPTIONS = [...SAMPLE.matchAll(/^#(\w+) =/gm)].flatMap(([, name]) => name ?? [])
/** Told by their names, so that an option that forgets to call itself secret is found. */
const SECRETS = OPTIONS.filter((name) => /(password|secret_key|secret_key_previous)$/.test(name))
const OPEN = new Set(OPTIONS.filter((name) => !SECRETS.includes(name)))

const OLD_FILE = [
  ...[
    '# PRESENCE SETTINGS',
    'data_path           =   /srv/presence/',
    'data_save_interval   =   5',
    'run_as_user = kopano',
  ],
  ...['server_bind = 0.0.0.0', 'server_port = 4321', 'server_auth_user = somebody', `server_auth_password = ${MARK}1`],
  ...[`server_secret_key = ${MARK}2`, 'server_token_expire = 10', 'log_method = syslog', 'log_level = 5'],
  ...['plugins = xmpp spreed', 'xmpp_jid = presence@chat.example.com', `xmpp_password = ${MARK}3#x = y`],
  ...['xmpp_user_id_strip_domain = yes', 'spreed_auto_unavailable = 3'],
]
const EVERYTHING = SAMPLE.split('\n').map((line) => (/^#\w+ =/.test(line) ? line.slice(1) : line))

const secret = fc.nat(99).map((number) => `${MARK}${number}`)
const words = [
  ...[
    'yes',
    'no',
    '0',
    '1',
    '-1',
    '99999',
    '4294967296',
    '0.5',
    '1e9',
    '127.0.0.1',
    '::1',
    'a@b',
    '/tmp',
    '',
    '10.0.0.0/8',
  ],
  ...['spreed manual', 'xmpp irc asterisk', 'chat=xmpp', 'https://a.example', 'manual busy away'],
]
const value = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...words) },
  { weight: 20, arbitrary: mischief(30) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 50_000 }).map((length) => 'x '.repeat(length)) },
)
const option = fc.constantFrom(...OPTIONS)
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(option, value).map(([name, text]) => `${name} = ${text}`) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...SECRETS), secret).map(([name, text]) => `${name} = ${text}`) },
  { weight: 1, arbitrary: fc.tuple(option, secret).map(([name, text]) => `${name} ${text}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(mischief(40), value).map(([name, text]) => `${name}=${text}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '#', '# a comment', '[section]', '=', '= x', 'plugins = spreed spreed') },
)
const file = fc.oneof(
  { weight: 4, arbitrary: fc.array(line, { maxLength: 25 }) },
  { weight: 2, arbitrary: fc.constant(OLD_FILE) },
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
)
const bytes = fc
  .tuple(file, fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\r\n'), fc.constantFrom('', '', '\ufeff'))
  .map(([lines, end, start]) => start + lines.join(end))
  .chain((text) =>
    fc.constantFrom<BufferEncoding>('utf8', 'utf8', 'utf8', 'latin1', 'utf16le').map((as) => Buffer.from(text, as)),
  )

async function check(content: Buffer): Promise<string> {
  const lines = content.toString('latin1').split(/\r\n|\r|\n/)
  try {
    const { settings, notes } = await readConfiguration(content, { file: FILE, resolvePlugin })
    assert.ok(Number.isInteger(settings.server_port) && settings.server_port <= 65_535)
    checkWords(notes, lines)
    return notes.length === 0 ? 'settings' : 'settings with notes'
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const { mistakes, notes, message } = error
    assert.ok(mistakes.length > 0)
    for (const { file: name, line: number, text } of mistakes) {
      assert.notEqual(text, '')
      if (name === FILE) assert.ok(number === undefined || (number >= 1 && number <= lines.length), `line ${number}`)
    }
    const told = message.split('\n')
    assert.equal(told.length, Math.min(mistakes.length, 101), 'each mistake is a line')
    checkWords([...told, ...notes], lines)
    return 'mistakes'
  }
}

/** What an administrator reads: short, harmless for a terminal, and without a secret. */
function checkWords(words: readonly string[], lines: readonly string[]): void {
  for (const text of words) {
    assert.ok(text.length < 2_000, `${text.length} letters: ${text.slice(0, 300)}`)
    assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
    for (const [mark] of text.matchAll(/PSSST\d+/g)) {
      assert.ok(
        lines.some((candidate) => mayBeShown(candidate, mark)),
        `a secret is told: ${text}`,
      )
    }
  }
}

/** What stands before the "=", or behind a name that is known and no secret's. */
function mayBeShown(candidate: string, mark: string): boolean {
  const equals = candidate.indexOf('=')
  const name = candidate.slice(0, equals).replace('\xef\xbb\xbf', '').trim()
  return equals !== -1 && candidate.includes(mark) && (name.includes(MARK) || OPEN.has(name))
}

export const config: Target<Buffer> = {
  name: 'config',
  about: 'presence.cfg gives settings, or mistakes that help and tell no secret',
  runs: 100_000,
  shortRuns: 200,
  heap: 256,
  patience: 20_000,
  cases: edited(bytes, 5, [...OPTIONS.slice(0, 20), `server_secret_key = ${MARK}7`, ' = ', 'plugins = ', '#']),
  show: shown,
  start: async () => ({ check }),
}
