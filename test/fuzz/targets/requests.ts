// Bytes on a connection to the HTTP server: requests that are damaged, cut, pipelined, or that can be read in two ways.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { CleanUps } from '../../support/clean-ups.ts'
import { type Site, startSite } from '../../support/http-site.ts'
import { chunks, shown } from '../edits.ts'
import { checkProblem } from '../http-asker.ts'
import { type Framing, framingOf } from '../http-framing.ts'
import { cases, type RawRequest } from '../http-requests.ts'
import type { Target, Trial } from '../target.ts'

/** So often another request is asked, to see whether the server is as before, and a new server is taken. */
const PROBE = 200
const RENEWAL = 5_000

class Bench implements Trial<RawRequest> {
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

  async check({ bytes, cuts: places, holds }: RawRequest): Promise<string> {
    this.#cases += 1
    if (this.#cases % RENEWAL === 0) await this.#renew()
    const site = this.#sites[holds ? 1 : 0]
    const { clear, tail } = framingOf(bytes.toString('latin1'))
    const text = await exchange(Number(new URL(site.url).port), chunks(bytes, places), holds)
    const statuses = statusesOf(text)
    for (const status of statuses) assert.ok(status < 500, `${status}: ${text.slice(0, 500)}`)
    if (statuses.at(-1) === 400 && /problem\+json/.test(text)) checkLastProblem(text, 400)
    checkCount(statuses, { clear, tail, holds }, text)
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

/** What is clear is answered as often as it is asked, and what can be read in two ways once at most. */
function checkCount(
  statuses: readonly number[],
  { clear, tail, holds }: Framing & Pick<RawRequest, 'holds'>,
  text: string,
): void {
  if (tail === 'odd') return
  // A connection that is kept and says nothing may be told so.
  let most = tail === 'end' && !holds ? clear : clear + 1
  // What stands behind the last request of a connection may be refused by itself; it is never served.
  if (tail === 'ambiguous' && statuses.at(-1) === 400 && /connection: close/i.test(text)) most += 1
  assert.ok(statuses.length <= most, `${statuses.length} answers: ${text.slice(0, 1_000)}`)
}

export const requests: Target<RawRequest> = {
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
