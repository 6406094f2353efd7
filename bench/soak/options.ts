// What a soak is told on the command line, and hands on to its processes.
import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly minutes: number
  /** Requests a second. */
  readonly rate: number
  readonly watchers: number
  readonly users: number
  /** Seconds between two lines of the table. */
  readonly interval: number
}

/** Throws, with a sentence, when a number is none. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '2000' },
      watchers: { type: 'string', default: '1000' },
      users: { type: 'string', default: '20000' },
      interval: { type: 'string', default: '10' },
    },
  })
  const number = (name: keyof typeof values): number => {
    const value = Number(values[name])
    if (!Number.isFinite(value) || value <= 0)
      throw new Error(`--${name} must be a number above 0, not ${values[name]}`)
    return value
  }
  return {
    ...{ minutes: number('minutes'), rate: number('rate'), watchers: number('watchers') },
    ...{ users: number('users'), interval: number('interval') },
  }
}

/** What a process of the load reports to its parent, once in an interval. */
export interface Report {
  readonly requests: number
  readonly failures: number
  /** Of some failures, why. */
  readonly reasons: readonly string[]
  /** Milliseconds from sending to the end of the answer, of a sample. */
  readonly latencies: readonly number[]
  /** Milliseconds from the sending of a publication to its event, of a sample. */
  readonly delays: readonly number[]
  /** Open streams, and those that ended without being asked. */
  readonly streams: number
  readonly broken: number
  readonly events: number
}
