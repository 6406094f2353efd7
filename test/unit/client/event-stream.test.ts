// The parser of server-sent events, after the WHATWG HTML standard, section 9.2.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { EventStreamParser } from '../../../src/client/event-stream.ts'

interface Heard {
  readonly type: string
  readonly data: string
  readonly id: string
}

/** What is heard of a stream whose bytes come in these pieces. */
function heard(pieces: readonly Uint8Array[], parser = new EventStreamParser()): Heard[] {
  const events: Heard[] = []
  for (const piece of pieces) {
    for (const { type, data } of parser.feed(piece)) events.push({ type, data, id: parser.lastEventId })
  }
  return events
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const DOCUMENTED: ReadonlyArray<[what: string, stream: string, expected: readonly Heard[]]> = [
  [
    'data of several lines is joined by line feeds',
    'data: YHOO\ndata: +2\ndata: 10\n\n',
    [{ type: 'message', data: 'YHOO\n+2\n10', id: '' }],
  ],
  [
    'comments are passed over, an id holds until the next one, and an empty one takes it away',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    [
      { type: 'message', data: 'first event', id: '1' },
      { type: 'message', data: 'second event', id: '' },
      { type: 'message', data: ' third event', id: '' },
    ],
  ],
  [
    'a field without a colon is empty, and an event without an end is none',
    'data\n\ndata\ndata\n\ndata:',
    [
      { type: 'message', data: '', id: '' },
      { type: 'message', data: '\n', id: '' },
    ],
  ],
  [
    'a space after the colon counts once',
    'data:test\n\ndata: test\n\n',
    Array(2).fill({ type: 'message', data: 'test', id: '' }),
  ],
  [
    'lines may end with CR, LF or both',
    'event: a\rdata: 1\r\rdata: 2\r\n\r\ndata: 3\n\n',
    [
      { type: 'a', data: '1', id: '' },
      { type: 'message', data: '2', id: '' },
      { type: 'message', data: '3', id: '' },
    ],
  ],
  [
    'one byte order mark at the start is no part of the stream',
    '\ufeffdata: 1\n\n\ufeffdata: 2\n\n',
    [{ type: 'message', data: '1', id: '' }],
  ],
  [
    'an event without data is not told, but its id holds, and its type does not',
    'event: x\nid: 7\n\ndata: 1\n\n',
    [{ type: 'message', data: '1', id: '7' }],
  ],
  [
    'unknown fields and an id with NUL are passed over',
    'id: 1\nfoo: bar\nid: a\0b\nDATA: x\ndata: 1\n\n',
    [{ type: 'message', data: '1', id: '1' }],
  ],
]

suite('the parser of server-sent events', () => {
  for (const [what, stream, expected] of DOCUMENTED) {
    test(what, () => assert.deepEqual(heard([bytes(stream)]), expected))
  }

  test('hears the same however the bytes are split, in the middle of letters and line ends too', () => {
    const line = fc.constantFrom('data: é😀', 'data', 'event: x', 'id: 1', 'id', ': note', '', '', '\ufeffdata: x')
    const end = fc.constantFrom('\r', '\n', '\r\n')
    const stream = fc.array(fc.tuple(line, end), { maxLength: 20 })
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200)), (lines, cuts) => {
        const whole = bytes(lines.flat().join(''))
        const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length]
        const pieces = places.slice(1).map((place, index) => whole.subarray(places[index], place))
        assert.deepEqual(heard(pieces), heard([whole]))
        const single = Array.from(whole, (byte) => Uint8Array.of(byte))
        assert.deepEqual(heard(single), heard([whole]))
      }),
    )
  })

  test('keeps the pause that the stream asks for, if it is a number', () => {
    const parser = new EventStreamParser()
    heard([bytes('retry: 10x\n')], parser)
    assert.equal(parser.retry, undefined)
    heard([bytes('retry: 2500\n')], parser)
    assert.equal(parser.retry, 2500)
  })

  test('begins with the last id of the connection before', () => {
    assert.deepEqual(heard([bytes('data: 1\n\n')], new EventStreamParser('e:5')), [
      { type: 'message', data: '1', id: 'e:5' },
    ])
  })

  test('refuses lines and events that are too long, however they come', () => {
    const line = new EventStreamParser('', 10, 100)
    heard([bytes('data:12345')], line)
    assert.throws(() => heard([bytes('6')], line), /line of the event stream is longer than 10/)
    const event = new EventStreamParser('', 10, 12)
    heard([bytes('data:1234\ndata:1234\n')], event)
    assert.throws(() => heard([bytes('data:123\n')], event), /event of the event stream is longer than 12/)
  })
})
