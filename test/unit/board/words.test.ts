// Words: texts of people made harmless, names, times, and how the sources are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agoWords, aheadWords, clockWords, exactWords, lengthWords, sinceWords } from '../../../src/board/durations.ts'
import { healthOf, healthSummary } from '../../../src/board/health.ts'
import { chipsOf, doubtWords } from '../../../src/board/sections.ts'
import { peopleWords } from '../../../src/board/status.ts'
import { accountAndDomain, initials, searchKey, searchWords, shown } from '../../../src/board/text.ts'
import { secondsUntil } from '../../../src/board/until.ts'
import type { SourceDocument } from '../../../src/client/index.ts'
import { NOON, presence, section } from '../../support/board-documents.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const noon = Date.parse(NOON)

test('what could turn, hide or break text is shown as a replacement; what scripts need stays', () => {
  assert.equal(shown('a\u202egnp.exe\u202c'), 'a\ufffdgnp.exe\ufffd')
  assert.equal(shown('bell\u0007 zero\u200bwidth \ud800'), 'bell\ufffd zero\ufffdwidth \ufffd')
  assert.equal(shown('two\r\nlines\tand\u2028more'), 'two lines and more')
  assert.equal(shown('👩\u200d💻 שלום'), '👩\u200d💻 שלום')
})

test('a text is cut at its limit, between code points', () => {
  assert.equal(shown('😀😀😀', 2), '😀😀…')
  assert.equal(shown('😀😀', 2), '😀😀')
  assert.equal(shown('x'.repeat(1e6), 5), 'xxxxx…')
})

test('texts are searched without case, accents and compatible forms', () => {
  for (const text of ['ÉCOLE', 'e\u0301cole', 'école', 'ｅｃｏｌｅ']) assert.equal(searchKey(text), 'ecole')
  assert.equal(searchKey('Łukasz Sørensen Weiß'), 'lukasz sorensen weiss')
  assert.deepEqual(searchWords('  Two\u3000Words '), ['two', 'words'])
  assert.deepEqual(searchWords(' '), [])
})

test('the domain is what stands after the last @', () => {
  assert.deepEqual(accountAndDomain('a@b@c.x'), ['a@b', 'c.x'])
  assert.deepEqual(accountAndDomain('a'), ['a', ''])
  assert.deepEqual(accountAndDomain('@x'), ['', 'x'])
})

test('initials stand for any name', () => {
  const expected = { 'anna.weber': 'AW', you: 'Y', 'a-b-c': 'AC', łukasz: 'Ł', '+49 30': '43', '😀': '–', '': '–' }
  for (const [account, letters] of Object.entries(expected)) assert.equal(initials(account), letters)
})

test('lengths of time are told in few words', () => {
  const expected: ReadonlyArray<readonly [number, string]> = [
    [-5 * MINUTE, 'just now'],
    [59_999, 'just now'],
    [MINUTE, '1 min'],
    [59 * MINUTE, '59 min'],
    [HOUR, '1 h'],
    [23.9 * HOUR, '23 h'],
    [24 * HOUR, '1 day'],
    [13 * 24 * HOUR, '13 days'],
    [14 * 24 * HOUR, '2 weeks'],
    [800 * 24 * HOUR, '2 years'],
  ]
  for (const [length, words] of expected) assert.equal(lengthWords(length), words)
  assert.deepEqual([sinceWords(0), sinceWords(MINUTE)], ['just now', 'for 1 min'])
  assert.deepEqual([agoWords(0), agoWords(MINUTE)], ['just now', '1 min ago'])
  assert.deepEqual(
    [aheadWords(-1), aheadWords(61_000), aheadWords(2 * HOUR)],
    ['within a minute', 'in 2 min', 'in 2 h'],
  )
})

test('exact times are those of the reader, and the day is told unless it is today', () => {
  assert.equal(exactWords(noon, 'en-GB', 'Europe/Berlin'), '23 Nov 2026, 13:00:00')
  assert.equal(clockWords(noon, noon + HOUR, 'en-GB', 'UTC'), '12:00')
  assert.equal(clockWords(noon, noon + 24 * HOUR, 'en-GB', 'UTC'), '23 Nov 2026, 12:00')
  assert.deepEqual([exactWords(Number.NaN), clockWords(Number.NaN, 0)], ['', ''])
})

test('an own state ends when its choice says: "today" at midnight, "no end" when the daemon decides', () => {
  const evening = new Date(2026, 10, 23, 23, 30)
  assert.equal(secondsUntil('today', evening), 1800)
  assert.equal(secondsUntil('today', new Date(2026, 10, 23, 23, 59, 59)), 60)
  assert.deepEqual(
    (['30 minutes', '1 hour', '4 hours', 'no end'] as const).map((until) => secondsUntil(until, evening)),
    [1800, 3600, 14_400, undefined],
  )
})

test('every source has a chip with its own state; what counts, is old or is not heard yet is told', () => {
  const sources = { xmpp: section('away', { stale: true }), manual: section('busy', { message: 'wri\u202eting' }) }
  const chips = chipsOf(presence('a@x', 'busy', { source: 'manual', pending: ['xmpp', 'irc'], sources }), noon)
  assert.deepEqual(
    chips.map(({ name, status, stale, pending, decides }) => [name, status, stale, pending, decides]),
    [
      ['xmpp', 'away', true, true, false],
      ['manual', 'busy', false, false, true],
      ['irc', null, false, true, false],
    ],
  )
  assert.match(chips[0]?.words ?? '', /^xmpp: away, since .*, may be old: its connection is lost, still being asked$/)
  assert.match(chips[1]?.words ?? '', /^manual: busy, “wri\ufffdting”, since .*, this counts$/)
  assert.equal(chips[1]?.spoken, 'manual: busy, this counts')
  assert.equal(chips[2]?.words, 'irc: not heard yet')
})

test('a reader is told when the combined status is doubtful', () => {
  assert.equal(doubtWords(presence('a@x')), '')
  assert.equal(doubtWords(presence('a@x', 'available', { pending: ['irc'] })), '')
  assert.equal(doubtWords(presence('a@x', 'unavailable', { pending: ['irc'] })), 'not heard yet')
  assert.match(doubtWords(presence('a@x', 'busy', { stale: true })), /^may be old: xmpp has lost/)
})

test('the health of the sources is one sentence that names what is wrong', () => {
  const source = (name: string, state: SourceDocument['state']): SourceDocument => {
    return { name, kind: 'collector', state, since: NOON, users: 1, detail: '' }
  }
  const good = [source('xmpp', 'settled'), source('manual', 'ready'), source('irc', 'standby')]
  assert.deepEqual(healthSummary(good), { tone: 'good', words: 'All 3 sources are fine' })
  assert.deepEqual(healthSummary([...good, source('asterisk', 'settling')]), {
    tone: 'unsure',
    words: 'asterisk: learning who is there',
  })
  assert.deepEqual(healthSummary([source('irc', 'connecting'), source('xmpp', 'lost')]), {
    tone: 'bad',
    words: 'xmpp: connection lost',
  })
  assert.equal(healthSummary([source('a', 'lost'), source('b', 'lost')]).words, '2 sources need a look')
  const elsewhere = (words: string): SourceDocument => ({
    ...source('xmpp', 'standby'),
    detail: `run by node a, ${words}`,
  })
  assert.equal(healthOf(elsewhere('settled: bot at lost: 5222')).tone, 'good')
  assert.equal(healthOf(elsewhere('settling: bot at x')).tone, 'unsure')
  assert.deepEqual(healthSummary([elsewhere('lost: not connected')]), {
    tone: 'bad',
    words: 'xmpp: run by another node: connection lost',
  })
  assert.deepEqual(healthOf(source('x', 'new' as 'lost')), { tone: 'unsure', words: 'new' })
})

test('people are counted in words', () => {
  assert.deepEqual([peopleWords(0), peopleWords(1), peopleWords(5000)], ['0 people', '1 person', '5,000 people'])
})
