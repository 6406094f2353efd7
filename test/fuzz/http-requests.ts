// Requests in bytes, most of them with a fault: in the request line, the headers, the framing or the body.
import fc from 'fast-check'
import { applied, cuts, editsOf } from './edits.ts'

export interface RawRequest {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
  /** The client does not end its side, so that only the server's time limits end the connection. */
  readonly holds: boolean
}

const SMUGGLED = 'GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
const BODY = '{"AuthenticationToken":"%TOKEN%","UserStatus":[{"user_id":"a"}]}'
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`
const header = fc.oneof(
  fc.constantFrom(
    'Host: x',
    'Accept: */*',
    'Authorization: Bearer x',
    'Connection: close',
    'Connection: keep-alive',
    'Expect: 100-continue',
  ),
  fc.constantFrom(
    'X: \0',
    'X : y',
    ' X: y',
    'X',
    ':',
    'X:\ry',
    'X:\ny',
    `X: ${'x'.repeat(40_000)}`,
    'Upgrade: h2c',
    'Upgrade: websocket\r\nConnection: upgrade',
    'Host: y',
  ),
)
const framing = fc.constantFrom(
  ...[
    `Content-Length: ${BODY.length}`,
    'Transfer-Encoding: chunked',
    'Content-Length: 0',
    'Content-Length: 5\r\nContent-Length: 6',
  ],
  ...[
    `Content-Length: ${BODY.length}\r\nTransfer-Encoding: chunked`,
    `Transfer-Encoding: chunked\r\nContent-Length: ${BODY.length}`,
  ],
  ...[
    'Transfer-Encoding: identity',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: gzip, chunked',
  ],
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding:\r\n chunked',
  ],
  ...[
    'Content-Length: +5',
    'Content-Length: -1',
    'Content-Length: 0x5',
    'Content-Length: 5, 5',
    'Content-Length: 5 5',
    'Content-Length: 99999999999999999999',
  ],
  ...[
    'X: y\nContent-Length: 5',
    'X: y\rTransfer-Encoding: chunked',
    'Content-Length: \x0b5',
    'Content-Length:',
    'Trailer: x\r\nTransfer-Encoding: chunked',
  ],
)
const body = fc.constantFrom(
  ...[
    BODY,
    CHUNKED,
    '',
    `0\r\n\r\n${SMUGGLED}`,
    `${SMUGGLED}0\r\n\r\n`,
    `5\r\n${SMUGGLED}`,
    `5;x=y\r\nhello\r\n0\r\n\r\n`,
    'ffffffffffffffff\r\n',
  ],
  ...[
    '-1\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5\nhello\n0\n\n',
    '5\r\nhelloX\r\n0\r\n\r\n',
    `0\r\nX: y\r\n\r\n${SMUGGLED}`,
    `5;${'e'.repeat(20_000)}\r\n`,
    'zz\r\n',
  ],
)
const usually = (right: readonly string[], wrong: readonly string[]) =>
  fc.oneof({ weight: 7, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })
const request = fc
  .tuple(
    usually(['GET', 'PUT', 'POST'], ['HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT', 'get', 'X', 'PRI']),
    usually(
      ['/', '/v1/users'],
      ['/v1/users', '/v1/users/%ff', 'http://x/', '*', 'x:1', '/\0', '/ /', '//', `/${'p'.repeat(500)}`, '/?%'],
    ),
    usually(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', '', 'http/1.1']),
    fc.array(header, { maxLength: 2 }),
    fc.option(framing),
    body,
  )
  .map(([method, path, version, headers, frame, content]) => {
    const head = [`${method} ${path} ${version}`, ...headers, ...(frame === null ? [] : [frame])].join('\r\n')
    return `${head}\r\n\r\n${frame === null ? '' : content}`
  })
const whole = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`
const foreign = fc.constantFrom(
  ...[
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET /\r\n',
    '\r\n\r\n\r\n',
    '\0\0\0\0',
    'EHLO x\r\n',
    '<?xml version="1.0"?>',
  ],
  ...[
    'GET / HTTP/1.1\r\nHost',
    `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(3_000)}`,
    whole.repeat(40),
    SMUGGLED.repeat(100),
  ],
)
const stream = fc.oneof(
  { weight: 6, arbitrary: fc.array(request, { minLength: 1, maxLength: 3 }).map((all) => all.join('')) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), request).map(([times, last]) => whole.repeat(times) + last),
  },
  { weight: 1, arbitrary: foreign },
)
const words = [
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  '\r\n\r\n',
  SMUGGLED,
  '0\r\n\r\n',
  ' HTTP/1.1\r\n',
]
export const cases = fc.tuple(stream, editsOf(3, words), cuts, fc.integer({ min: 0, max: 99 })).map(
  ([text, edits, places, held]): RawRequest => ({
    bytes: applied(Buffer.from(text, 'latin1'), edits),
    cuts: places,
    holds: held === 0,
  }),
)
