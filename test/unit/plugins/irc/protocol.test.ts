// The small parts of the protocol: names, lines, ISUPPORT, the pace, and the words about a session.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { foldName } from '../../../../src/plugins/irc/casemapping.ts'
import { describe } from '../../../../src/plugins/irc/describe.ts'
import { Identities } from '../../../../src/plugins/irc/identities.ts'
import { ServerFeatures } from '../../../../src/plugins/irc/isupport.ts'
import { LINE_LIMIT, LineReader } from '../../../../src/plugins/irc/lines.ts'
import { isChannel, isName, isSplitReason, nicksOf } from '../../../../src/plugins/irc/message.ts'
import { Nicks } from '../../../../src/plugins/irc/nicks.ts'
import { Pacing } from '../../../../src/plugins/irc/pacing.ts'
import { fitting, NAMES_LIMIT } from '../../../../src/plugins/irc/questions.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

suite('the protocol', () => {
  test('each case mapping folds its own characters, and only letters of ASCII', () => {
    assert.equal(foldName('ANNA[]\\~Ä', 'ascii'), 'anna[]\\~Ä')
    assert.equal(foldName('ANNA[]\\~Ä', 'rfc1459'), 'anna{}|^Ä')
    assert.equal(foldName('ANNA[]\\~Ä', 'strict-rfc1459'), 'anna{}|~Ä')
  })

  test('ISUPPORT is read over several lines, with what is taken back', () => {
    const features = new ServerFeatures()
    assert.deepEqual([features.caseMapping, features.monitor, features.nickLength], ['rfc1459', 0, Infinity])
    features.read(['me', 'CASEMAPPING=ascii', 'MONITOR=100', 'NICKLEN=9', 'are supported'])
    features.read(['me', 'PREFIX=(yov)!@+', 'WHOX', 'NETWORK=Test', 'are supported'])
    assert.deepEqual([features.caseMapping, features.monitor, features.nickLength], ['ascii', 100, 9])
    assert.deepEqual([features.memberPrefixes, features.whox, features.network], ['!@+', true, 'Test'])
    features.read(['me', '-MONITOR', 'CASEMAPPING=strict-rfc1459', 'NICKLEN=x', 'are supported'])
    assert.deepEqual([features.monitor, features.caseMapping, features.nickLength], [0, 'strict-rfc1459', Infinity])
    features.read(['me', 'MONITOR', 'are supported'])
    assert.equal(features.monitor, Infinity)
  })

  test('lines are found in bytes however they are split, in UTF-8 or else in Latin-1', () => {
    const bytes = Buffer.concat([Buffer.from('AWAY :Straße 🙂\r\n\r\n'), Buffer.from('AWAY :B\u00fcro\n', 'latin1')])
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const reader = new LineReader()
      const lines: string[] = []
      for (let at = 0; at < bytes.length; at += size) lines.push(...reader.read(bytes.subarray(at, at + size)))
      assert.deepEqual(lines, ['AWAY :Straße 🙂', '', 'AWAY :Büro'], `in pieces of ${size}`)
    }
  })

  test('a line that is too long is refused, ended or not', () => {
    const line = (length: number, end: string) => Buffer.from(`${'x'.repeat(length)}${end}`)
    assert.equal(new LineReader().read(line(LINE_LIMIT, '\n')).length, 1)
    assert.throws(() => new LineReader().read(line(LINE_LIMIT + 1, '\n')), /longer than 16384 bytes/)
    assert.throws(() => new LineReader().read(line(LINE_LIMIT + 1, '')), /longer than 16384 bytes/)
  })

  test('a line may have exactly irc_max_line, and one byte more is refused', () => {
    const reader = () => new LineReader(9 * 1024)
    assert.equal(reader().read(Buffer.from(`${'x'.repeat(9 * 1024)}\n`)).length, 1)
    assert.throws(() => reader().read(Buffer.from(`${'x'.repeat(9 * 1024 + 1)}\n`)), /longer than 9216 bytes/)
  })

  test('only what can be a name or a channel gets into a line', () => {
    for (const name of ['anna', '[x]', 'a|b', '`^_', 'Jörg', 'a+b']) assert.equal(isName(name), true, name)
    for (const name of ['', 'a b', 'a,b', ':a', 'a!b', 'a@b', '*', 'a\nQUIT', '#a', 'a\u0000', 'irc\u0085x', '@a']) {
      assert.equal(isName(name), false, name)
    }
    for (const channel of ['#team', '&local', '+x', '#ü:x']) assert.equal(isChannel(channel), true, channel)
    for (const channel of ['team', '#', '#a b', '#a,#b', '#a\r\nQUIT']) assert.equal(isChannel(channel), false, channel)
  })

  test('a netsplit has the names of two servers as its reason, and nobody else’s is one', () => {
    assert.equal(isSplitReason('hub.test leaf.test'), true)
    assert.equal(isSplitReason('*.net *.split'), true)
    for (const reason of ['Quit: a.b c.d', '"a.b c.d"', 'bye bye', 'a.b', 'a.b c.d e.f', 'http://a.b c.d']) {
      assert.equal(isSplitReason(reason), false, reason)
    }
    assert.deepEqual(nicksOf('a!u@h,b, c!x@y,'), ['a', 'b', 'c'])
  })

  test('names fill a line and no more', () => {
    const names = Array.from({ length: 100 }, (_, index) => `nick${index + 100}`)
    const some = fitting(names, (name) => name)
    assert.equal(some.length, NAMES_LIMIT / 8)
    assert.equal(fitting(['ü'.repeat(500), 'b'], (name) => name).length, 1)
    assert.deepEqual(fitting([], String), [])
  })

  test('a line in two seconds, however many were sent at once', () => {
    const clock = new ManualClock()
    const pacing = new Pacing(clock)
    assert.equal(pacing.free, true)
    pacing.sent()
    pacing.sent()
    clock.advance(3_999)
    assert.equal(pacing.free, false)
    clock.advance(1)
    assert.equal(pacing.free, true)
    clock.advance(60_000)
    pacing.sent()
    assert.equal(pacing.free, false, 'waiting saves nothing up')
  })

  test('who is whom: the first name counts, then the domain', () => {
    const identities = new Identities({
      mapping: 'rfc1459',
      identities: [
        { id: 'Anna', userId: 'a@x' },
        { id: 'ANNA', userId: 'other@x' },
        { id: 'bad name', userId: 'b@x' },
      ],
      domain: 'x',
    })
    assert.deepEqual([identities.userOf('anna'), identities.userOf('[G]')], ['a@x', '{g}@x'])
    assert.deepEqual([identities.doubtful, identities.impossible], [['ANNA'], ['bad name']])
  })

  test('people of channels, and those who have left, are not kept without end', () => {
    const nicks = new Nicks('ascii', 0)
    for (let index = 0; index < 10_050; index += 1) nicks.enters(`guest${index}`, '#a')
    assert.deepEqual([[...nicks].length, nicks.overlooked], [10_000, 50])
    for (const nick of [...nicks]) nicks.absent(nick, 'told', 0)
    assert.equal([...nicks].length, 1_000)
    nicks.enters('new', '#a')
    assert.equal([...nicks].length, 1_001)
  })

  test('the words name a few and count the rest, harmless for terminals', () => {
    const words = describe({
      ...{
        where: 's:1 as me',
        source: 'irc',
        followed: 7,
        pushed: 5,
        monitor: true,
        overflow: 2,
        round: 30,
        members: 1,
      },
      ...{ overlooked: 0, channelsIn: ['#a'], channelsOut: [{ name: '#b', reason: 'no\u001bway' }], leftOut: 0 },
      ...{ impossible: ['too-long-a-nick'], doubtful: [], withoutAccount: [] },
      unmapped: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    })
    assert.equal(
      words,
      's:1 as me; 7 nicks followed; 2 of them asked for every 30 s (MONITOR is full); 1 person in #a; not in #b: no\ufffdway; ' +
        "nobody's, as neither user_map_file nor irc_user_map nor irc_domain names a user: a, b, c, d, e and 2 more; " +
        'no nicks on this server: too-long-a-nick',
    )
  })
})
