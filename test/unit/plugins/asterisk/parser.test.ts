// The parser of the manager interface: any bytes, cut anywhere, give the same messages, within bounds.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type AmiMessage, field, unescapeText, writeAction } from '../../../../src/plugins/asterisk/message.ts'
import {
  AmiParser,
  AmiSyntaxError,
  LINE_LIMIT,
  LINES_LIMIT,
  PENDING_LIMIT,
} from '../../../../src/plugins/asterisk/parser.ts'
import { NAMES, serverBlocks, transcript, valueIn, wire } from '../../../support/asterisk-transcripts.ts'

const GREETING = 'Asterisk Call Manager/12.0.0\r\n'

/** All messages of these chunks, and the error that ended them. */
function parse(chunks: readonly Buffer[]) {
  const parser = new AmiParser()
  const messages: AmiMessage[] = []
  try {
    for (const chunk of chunks) {
      messages.push(...parser.push(chunk))
      assert.ok(parser.pending <= PENDING_LIMIT + LINE_LIMIT)
    }
  } catch (error) {
    assert.ok(error instanceof AmiSyntaxError, String(error))
    return { banner: parser.banner, messages, error: error.message }
  }
  return { banner: parser.banner, messages, error: undefined }
}

/** The same bytes, cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((one, other) => one - other),
    bytes.length,
  ]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

/** What a naive reader makes of the whole: kind and name of each message, its keys and first values. */
function naive(bytes: Buffer): string[] {
  const [, ...lines] = bytes.toString('latin1').split('\r\n')
  lines.pop()
  const found: string[] = []
  let block: string[] = []
  for (const line of lines) {
    if (line !== '') block.push(line)
    else if (block.length > 0) {
      found.push(String(block.filter((text) => text.includes(':')).length))
      block = []
    }
  }
  return found
}

describe('the parser', () => {
  test('reads 100,000 random streams alike, however they are cut, and never keeps more than its bounds', () => {
    const piece = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom('\r\n', '\r\n\r\n', ': ', ':', 'Event', 'Response', 'ActionID', '\r', '\n'),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom('Event: DeviceStateChange\r\n', 'Device: PJSIP/1\r\n', 'State: INUSE\r\n\r\n'),
      },
      { weight: 2, arbitrary: fc.string({ maxLength: 8, unit: 'binary' }) },
    )
    const bytes = fc.oneof(
      fc.array(piece, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    )
    const property = fc.property(bytes, fc.array(fc.nat(400), { maxLength: 6 }), (text, places) => {
      const all = Buffer.concat([Buffer.from(GREETING), text])
      const whole = parse([all])
      assert.deepEqual(parse(cut(all, places)), whole)
      assert.equal(whole.error, undefined)
      assert.equal(whole.banner, 'Asterisk Call Manager/12.0.0')
      const expected = naive(all)
      assert.equal(whole.messages.length, expected.length)
      for (const [index, { fields, kind, name }] of whole.messages.entries()) {
        assert.ok(fields.size <= Number(expected[index]))
        if (kind === 'event') assert.equal(fields.get('event'), name)
      }
    })
    fc.assert(property, { numRuns: 100_000 })
  })

  test('reads every transcript, cut anywhere, as it is written', () => {
    for (const name of NAMES) {
      for (const recorded of transcript(name)) {
        const blocks = serverBlocks(recorded)
        const all = Buffer.concat(blocks.map(wire))
        const [, ...messages] = blocks
        const expected = parse([all])
        assert.equal(expected.error, undefined)
        assert.equal(expected.messages.length, messages.length)
        for (const [index, message] of expected.messages.entries()) {
          const block = messages[index] ?? []
          assert.equal(block[0], `${message.kind === 'event' ? 'Event' : 'Response'}: ${message.name}`)
          for (const key of ['Device', 'State', 'Exten', 'Hint', 'Presentity', 'Status', 'ListItems', 'ActionID']) {
            assert.equal(field(message, key.toLowerCase()), valueIn(block, key) ?? '', `${name}: ${key}`)
          }
        }
        assert.deepEqual(parse([...all].map((byte) => Buffer.of(byte))), expected, name)
        const places = fc.property(fc.array(fc.nat(all.length), { maxLength: 20 }), (at) =>
          assert.deepEqual(parse(cut(all, at)), expected),
        )
        fc.assert(places, { numRuns: 20 })
      }
    }
  })

  test('takes the first of a repeated key, and the first line for what a message is', () => {
    const text = 'Response: Success\r\nMessage: Presence State\r\nEvent: Forged\r\nMessage: home\r\n\r\n'
    const [message] = parse([Buffer.from(GREETING + text)]).messages
    assert.ok(message)
    assert.deepEqual([message.kind, message.name, field(message, 'message')], ['response', 'Success', 'Presence State'])
    const [event] = parse([Buffer.from(`${GREETING}Event: A\r\nEvent: B\r\nno colon\r\n\r\n`)]).messages
    assert.deepEqual([event?.kind, event?.name], ['event', 'A'])
  })

  test('reads UTF-8, and Latin-1 where a line is no UTF-8', () => {
    const lines = [Buffer.from('Event: x\r\nA: Zurück – 🍕\r\nB: caf'), Buffer.of(0xe9), Buffer.from('\r\n\r\n')]
    const [message] = parse([Buffer.from(GREETING), ...lines]).messages
    assert.deepEqual([...(message?.fields.values() ?? [])], ['x', 'Zurück – 🍕', 'café'])
  })

  test('ends lines at CR LF only: a lone LF or CR belongs to the text', () => {
    const [message, ...more] = parse([Buffer.from(`${GREETING}Event: x\r\nA: one\n\nEvent: y\rB: z\r\n\r\n`)]).messages
    assert.equal(message && field(message, 'a'), 'one\n\nEvent: y\rB: z')
    assert.deepEqual(more, [])
  })

  test('gives up at a line, a message or a greeting that is too long, complete or not', () => {
    const long = 'x'.repeat(LINE_LIMIT + 1)
    const endings: ReadonlyArray<[string, RegExp]> = [
      [long, /line of more than 65536 bytes/],
      [`${GREETING}A: ${long}`, /line of more than/],
      [`${GREETING}A: ${long}\r\n\r\n`, /line of more than/],
      [`${GREETING}${'A: b\r\n'.repeat(LINES_LIMIT + 1)}`, /more than 1000 lines/],
      [`${GREETING}${`A: ${'x'.repeat(60_000)}\r\n`.repeat(18)}`, /message of more than 1048576 bytes/],
    ]
    for (const [text, told] of endings) {
      assert.match(parse([Buffer.from(text)]).error ?? '', told)
      const pieces = cut(
        Buffer.from(text),
        Array.from({ length: 200 }, (_, index) => index * 7_001),
      )
      assert.match(parse(pieces).error ?? '', told)
    }
    const allowed = `${GREETING}${`A: ${'x'.repeat(10_000)}\r\n`.repeat(100)}\r\n`
    assert.equal(parse([Buffer.from(allowed)]).messages.length, 1)
  })
})

test('a line may have exactly asterisk_max_line with its CR, and one byte more is refused', () => {
  const line = (length: number) => Buffer.from(`${GREETING}${'A: '.padEnd(length - 1, 'x')}\r\n\r\n`)
  assert.equal(new AmiParser(4096).push(line(4096)).length, 1)
  assert.throws(() => new AmiParser(4096).push(line(4097)), /line of more than 4096 bytes/)
})

test('C escapes are taken back, and what is none stays', () => {
  assert.equal(unescapeText(String.raw`a\r\nb\t\"c\" \\n \'\? \a\b\f\v`), 'a\r\nb\t"c" \\n \'? \x07\b\f\v')
  assert.equal(unescapeText(String.raw`\x \u12 C:\dir end\ `), String.raw`\x \u12 C:\dir end\ `)
  assert.equal(unescapeText('\\'), '\\')
})

test('an action can not be made to hold another one', () => {
  assert.equal(writeAction('Ping', { ActionID: '1' }), 'Action: Ping\r\nActionID: 1\r\n\r\n')
  assert.throws(() => writeAction('Login', { Username: 'x\r\nAction: Command' }), /line break/)
})
