// The watchers of a soak, in a process of their own: most with a list, some with a domain, a few with everybody; some leave and come.
import { type ClientRequest, request } from 'node:http'
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

class Watcher {
  readonly #number: number
  #asked: ClientRequest | undefined
  #lastEventId = ''

  constructor(number: number) {
    this.#number = number
    this.#open()
  }

  /** Goes away, and comes back as somebody new or where it was. */
  leave(): void {
    const asked = this.#asked
    this.#asked = undefined
    asked?.destroy()
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
    const headers = {
      authorization: `Bearer ${tokenOf('watcher@example.test', below(OLDEST))}`,
      'content-length': Buffer.byteLength(body),
      ...(this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }),
    }
    const method = path === undefined ? 'POST' : 'GET'
    const asked = request(`${url}/v1/watch${path ?? ''}`, { method, headers, agent: false }, (response) => {
      if (response.statusCode !== 200) this.#fail(`a stream was refused with ${response.statusCode}`)
      open += 1
      let [ready, expired, rest] = [false, false, '']
      response.setEncoding('utf8').on('data', (text: string) => {
        const all = rest + text
        const end = all.lastIndexOf('\n\n') + 2
        rest = end < 2 ? all : all.slice(end)
        const whole = end < 2 ? '' : all.slice(0, end)
        expired ||= whole.includes('event: expired')
        const id = whole.lastIndexOf('\nid: ')
        if (id !== -1) this.#lastEventId = whole.slice(id + 5, whole.indexOf('\n', id + 5))
        for (let at = whole.indexOf('event: presence'); at !== -1; at = whole.indexOf('event: presence', at + 1))
          report.events += 1
        if (ready) for (const [, time] of whole.matchAll(PROBE)) this.#told(Date.now() - Number(time))
        ready ||= whole.includes('event: ready')
      })
      response.on('error', () => {})
      response.once('close', () => {
        open -= 1
        if (this.#asked !== asked) return
        if (!expired) report.broken += 1
        this.#open()
      })
    })
    this.#asked = asked
    asked.on('error', (error) => {
      if (this.#asked === asked) this.#fail(error.message)
    })
    asked.end(body)
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
