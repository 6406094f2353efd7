// What an IRC server may send after the login, through the socket, the library and the reducer of the plugin.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { applied, chunks, cuts, editsOf, mischief, shown } from '../edits.ts'
import { startSession } from '../irc-session.ts'
import { Sessions } from '../plugin-session.ts'
import type { Target, Trial } from '../target.ts'

interface Case {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
}

const NUMERICS = [
  '001',
  '004',
  '005',
  '302',
  '301',
  '311',
  '318',
  '319',
  '330',
  '352',
  '354',
  '315',
  '353',
  '366',
  '364',
  '365',
  '730',
  '731',
]
const REFUSALS = [
  '401',
  '402',
  '403',
  '421',
  '432',
  '433',
  '437',
  '451',
  '461',
  '464',
  '465',
  '471',
  '473',
  '474',
  '475',
  '734',
  '900',
  '903',
  '904',
  '908',
]
const text = mischief(30)
const nick = fc.oneof(
  fc.constantFrom('anna', 'ANNA', 'bob', 'presence', 'carl', '', '*', '@', '!', 'x'.repeat(600)),
  mischief(10),
)
const prefix = fc.oneof(
  nick.map((name) => `:${name}!u@h `),
  fc.constantFrom(
    ':s ',
    ':',
    ': ',
    '',
    ':anna ',
    ':anna!@ ',
    ':!u@h ',
    '@time=2026-01-01T00:00:00Z;a=b\\: :anna!u@h ',
    `@${'t'.repeat(9_000)} :s `,
    '@ :s ',
  ),
)
const command = fc.oneof(
  fc.constantFrom(
    'AWAY',
    'ACCOUNT',
    'JOIN',
    'PART',
    'KICK',
    'QUIT',
    'NICK',
    'MODE',
    'PING',
    'PONG',
    'NOTICE',
    'PRIVMSG',
    'CHGHOST',
    'TOPIC',
  ),
  fc.constantFrom(...NUMERICS, ...REFUSALS),
  fc.constantFrom(
    'CAP * LS',
    'CAP * DEL',
    'CAP * NEW',
    'CAP presence ACK',
    'AUTHENTICATE',
    'BATCH',
    'FAIL',
    'TAGMSG',
    'WALLOPS',
    'INVITE',
    '',
    '9999',
    'away',
  ),
  text,
)
const parameter = fc.oneof(
  nick,
  fc.constantFrom(
    '#a',
    '#A',
    '#b',
    '&',
    '=',
    '@',
    'H',
    'G*',
    '152',
    '0',
    '*',
    'anna=-u@h',
    'anna!u@h,bob!u@h',
    '+sasl',
    'away-notify',
    'NICKLEN=0',
    'PREFIX=(',
    'MONITOR=',
  ),
  text,
)
const trailing = fc.oneof(
  text,
  fc.constantFrom(
    'a.example b.example',
    'Ping timeout',
    '\x01ACTION x\x01',
    '\x01VERSION\x01',
    'anna=+u@h bob=-u@h',
    'm'.repeat(400),
    'm'.repeat(17_000),
    'sasl=PLAIN away-notify',
  ),
)
const line = fc
  .tuple(
    prefix,
    command,
    fc.array(parameter, { maxLength: 6 }),
    fc.option(trailing),
    fc.constantFrom('\r\n', '\r\n', '\n', '\r\r\n', '\0\r\n'),
  )
  .map(
    ([from, word, parameters, last, end]) =>
      `${from}${[word, ...parameters].join(' ')}${last === null ? '' : ` :${last}`}${end}`,
  )
const ending = fc.constantFrom(
  'ERROR :Closing Link',
  ':s 433 * presence :taken',
  'x'.repeat(20_000),
  ':s NOTICE',
  '\x16\x03\x01',
  '<stream:stream>',
)
const cases = fc
  .tuple(
    fc.array(line, { minLength: 1, maxLength: 6 }),
    fc.oneof({ weight: 19, arbitrary: fc.constant('') }, { weight: 1, arbitrary: ending }),
    editsOf(3, [':anna!u@h AWAY', ' :', '\r\n', 'CAP * DEL :', '\x01']),
    cuts,
  )
  .map(
    ([lines, end, edits, places]): Case => ({ bytes: applied(Buffer.from(lines.join('') + end), edits), cuts: places }),
  )

/** So often a session ends although nothing is wrong with it. */
const RENEWAL = 200

class Bench implements Trial<Case> {
  readonly #sessions = new Sessions(startSession, RENEWAL)

  async check({ bytes, cuts: places }: Case): Promise<string> {
    const session = await this.#sessions.next()
    const before = session.told.length
    for (const chunk of chunks(bytes, places)) session.receive(chunk)
    session.clock.advance(250)
    await session.turn()
    const goesOn = session.failure === undefined && (await session.answersPing())
    for (const words of session.told.slice(before)) {
      assert.match(words, /^(publish|withdraw) (anna|bob)@example\.test|^settled$/, words.slice(0, 200))
    }
    if (!goesOn) await this.#sessions.drop()
    return goesOn ? 'goes on' : 'ended'
  }

  async stop(): Promise<void> {
    await this.#sessions.drop()
  }
}

export const irc: Target<Case> = {
  name: 'irc',
  about: 'an IRC server makes up no users, and its session goes on or ends',
  // Each of several lines.
  runs: 50_000,
  shortRuns: 200,
  heap: 256,
  patience: 20_000,
  cases,
  show: ({ bytes, cuts: places }) => `${shown(bytes)} ${JSON.stringify(places)}`,
  async start(cleanUps) {
    const bench = new Bench()
    cleanUps.after(() => bench.stop())
    return bench
  },
}
