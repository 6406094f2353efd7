// Bytes on a connection to the HTTP server: requests that are damaged, cut, pipelined, or that can be read in two ways.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import fc from 'fast-check'
import { CleanUps } from '../../support/clean-ups.ts'
import { type Site, startSite } from '../../support/http-site.ts'
import { applied, chunks, cuts, editsOf, shown } from '../edits.ts'
import { checkProblem } from '../http-asker.ts'
import { framingOf } from '../http-framing.ts'
import type { Target, Trial } from '../target.ts'

interface Case {
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
const cases = fc.tuple(stream, editsOf(3, words), cuts, fc.integer({ min: 0, max: 99 })).map(
  ([text, edits, places, held]): Case => ({
    bytes: applied(Buffer.from(text, 'latin1'), edits),
    cuts: places,
    holds: held === 0,
  }),
)

/** So often another request is asked, to see whether the server is as before, and a new server is taken. */
const PROBE = 200
const RENEWAL = 5_000

class Bench implements Trial<Case> {
  /** One that waits as the daemon does, and one that does not wait long. */
  #sites: readonly [Site, Site]
  #cleanUps: CleanUps
  #cases = 0

  private constructor(sites: readonly [Site, Site], cleanUps: CleanUps) {
    this.#sites = sites
    this.#cleanUps = cleanUps
  }

  static async start(all: CleanUps): Promise<Bench> {
    const cleanUps = new CleanUps()
    const bench = new Bench(await sitesOf(cleanUps), cleanUps)
    // Whoever gets a farewell may stay for a moment, by the clock of the site.
    const ticking = setInterval(() => bench.#tick(), 10)
    all.after(() => {
      clearInterval(ticking)
      return bench.#cleanUps.run()
    })
    return bench
  }

  async check({ bytes, cuts: places, holds }: Case): Promise<string> {
    this.#cases += 1
    if (this.#cases % RENEWAL === 0) await this.#renew()
    const site = this.#sites[holds ? 1 : 0]
    const { clear, tail } = framingOf(bytes.toString('latin1'))
    const text = await exchange(Number(new URL(site.url).port), chunks(bytes, places), holds)
    const statuses = statusesOf(text)
    for (const status of statuses) assert.ok(status < 500, `${status}: ${text.slice(0, 500)}`)
    if (statuses.at(-1) === 400 && /problem\+json/.test(text)) checkLastProblem(text, 400)
    // A connection that is kept and says nothing may be told so.
    const most = tail === 'end' && !holds ? clear : clear + 1
    // What is clear is answered as often as it is asked, and what can be read in two ways once at most.
    if (tail !== 'odd') assert.ok(statuses.length <= most, `${statuses.length} answers: ${text.slice(0, 1_000)}`)
    if (this.#cases % PROBE === 0) assert.equal((await site.ask('HEAD', '/')).status, 200)
    return `${tail}, ${statuses.length === 0 ? 'no answer' : statuses.some((status) => status < 300) ? 'served' : 'refused'}`
  }

  #tick(): void {
    for (const { clock } of this.#sites) clock.advance(500)
  }

  async #renew(): Promise<void> {
    await this.#cleanUps.run()
    this.#cleanUps = new CleanUps()
    this.#sites = await sitesOf(this.#cleanUps)
  }
}

async function sitesOf(cleanUps: CleanUps): Promise<readonly [Site, Site]> {
  const impatient = { headersTimeout: 60, requestTimeout: 60, keepAliveTimeout: 60, checkInterval: 20 }
  return [await startSite(cleanUps), await startSite(cleanUps, { limits: impatient })]
}

/** Everything that comes back until the connection has ended. */
function exchange(port: number, pieces: readonly Buffer[], holds: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      for (const piece of pieces) socket.write(piece)
      if (!holds) socket.end()
    })
    let text = ''
    socket.setEncoding('latin1').on('data', (data: string) => {
      text += data
    })
    // The server may close while something is on its way to it.
    socket.on('error', () => {})
    socket.once('close', () => resolve(text))
  })
}

/** The final answers: what stands in a body is no answer, for none begins a line there. */
function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [A-Za-z -]+\r\n/g)]
    .map(([, status]) => Number(status))
    .filter((status) => status >= 200)
}

function checkLastProblem(text: string, status: number): void {
  const start = text.lastIndexOf('\r\n\r\n') + 4
  if (text.length > start) checkProblem(JSON.parse(Buffer.from(text.slice(start), 'latin1').toString()), status)
}

export const requests: Target<Case> = {
  name: 'requests',
  about: 'a connection gets no more answers than it has asked for, none of a defect, and ends in time',
  runs: 100_000,
  shortRuns: 300,
  heap: 256,
  patience: 30_000,
  cases,
  show: ({ bytes, ...rest }) => `${shown(bytes)} ${JSON.stringify(rest)}`,
  start: (cleanUps) => Bench.start(cleanUps),
}
