// The watchers of a soak, in a process of their own: most with a list, some with a domain, a few with everybody; some leave and come.
import { connect, type Socket } from 'node:net'
import type { Report } from './options.ts'
import { DOMAINS, PROBES, probeOf, sample, tokenOf, userOf } from './people.ts'

const [url = '', countGiven = '1', usersGiven = '1'] = process.argv.slice(2)
const [count, users] = [Number(countGiven), Number(usersGiven)]
/** Of each watcher with a list. */
const LISTED = 19
/** So many leave and come in a second. */
const CHURN = Math.max(1, Math.round(count / 100))
/** Streams are opened one after the other, in so many milliseconds. */
const OPENING = 5
/** The oldest token at the begin of a stream, in seconds: so they don't expire together. */
const OLDEST = 200

let report = newReport()
let open = 0

function newReport() {
  return { failures: 0, reasons: [] as string[], delays: [] as number[], broken: 0, events: 0, told: 0 }
}

const below = (limit: number): number => Math.floor(Math.random() * limit)
const PROBE = /"user_id":"probe[^"]*","status":"\w+","message":"t=(\d+)"/g
const EVENT = Buffer.from('event: presence')
/** The words of the protocol are looked for with so many bytes of what came before, since they may come in two parts. */
const OVERLAP = 256

class Watcher {
  readonly #number: number
  #socket: Socket | undefined
  #lastEventId = ''

  constructor(number: number) {
    this.#number = number
    this.#open()
  }

  /** Goes away, and comes back as somebody new or where it was. */
  leave(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
    if (below(2) === 0) this.#lastEventId = ''
    this.#open()
  }

  #open(): void {
    const everybody = this.#number % 200 === 0
    const domain = this.#number % 20 === 1
    const list = [
      probeOf(this.#number % PROBES),
      ...Array.from({ length: LISTED }, (_, index) => userOf((this.#number * 31 + index * 1_009) % users)),
    ]
    const path = everybody ? '' : domain ? `?domain=d${this.#number % DOMAINS}.example` : undefined
    const body = path === undefined ? JSON.stringify({ user_ids: list }) : ''
    const lines = [
      `${path === undefined ? 'POST' : 'GET'} /v1/watch${path ?? ''} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${tokenOf('watcher@example.test', below(OLDEST))}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(this.#lastEventId === '' ? [] : [`Last-Event-ID: ${this.#lastEventId}`]),
    ]
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    this.#socket = socket
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
    this.#listen(socket)
  }

  /** Counts events, and looks for what matters in a stream as it comes; the frames of its chunks lie between whole events. */
  #listen(socket: Socket): void {
    let [begun, ready, expired, tail] = [false, false, false, '']
    socket.on('data', (bytes: Buffer) => {
      for (let at = bytes.indexOf(EVENT); at !== -1; at = bytes.indexOf(EVENT, at + EVENT.length)) report.events += 1
      const text = tail + bytes.toString('latin1')
      if (!begun) {
        if (!text.startsWith('HTTP/1.1 200 ')) this.#fail(`a stream was refused with ${text.slice(9, 12)}`)
        begun = true
        open += 1
      }
      if (ready && text.includes('"user_id":"probe')) this.#measure(text, tail.length)
      ready ||= text.includes('event: ready')
      expired ||= text.includes('event: expired')
      const id = text.lastIndexOf('\nid: ')
      const end = id === -1 ? -1 : text.indexOf('\n', id + 5)
      if (end !== -1) this.#lastEventId = text.slice(id + 5, end)
      tail = text.slice(-OVERLAP)
      // The last chunk: the connection would be kept for another request.
      if (text.endsWith('\r\n0\r\n\r\n')) socket.destroy()
    })
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#fail(error.message)
    })
    socket.once('close', () => {
      if (begun) open -= 1
      if (this.#socket !== socket) return
      if (begun && !expired) report.broken += 1
      this.#open()
    })
  }

  /** What ends within the tail was counted when that came. */
  #measure(text: string, tail: number): void {
    for (const match of text.matchAll(PROBE))
      if (match.index + match[0].length > tail) this.#told(Date.now() - Number(match[1]))
  }

  #told(delay: number): void {
    report.told += 1
    sample(report.delays, report.told, delay)
  }

  #fail(reason: string): void {
    report.failures += 1
    if (report.reasons.length < 5) report.reasons.push(reason)
  }
}

const watchers: Watcher[] = []
const opening = setInterval(() => {
  if (watchers.length < count) watchers.push(new Watcher(watchers.length))
  else clearInterval(opening)
}, OPENING)
setInterval(() => {
  for (let number = 0; number < CHURN; number += 1) watchers[below(watchers.length)]?.leave()
}, 1_000)

process.on('message', () => {
  const { failures, reasons, delays, broken, events } = report
  const told: Report = { ...{ failures, reasons, delays, broken, events }, streams: open, requests: 0, latencies: [] }
  report = newReport()
  process.send?.(told)
})
process.on('disconnect', () => process.exit())
