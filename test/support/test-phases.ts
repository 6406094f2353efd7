// Several runs of node's test runner, one after the other, told as if they were one.
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'

export interface Phase {
  readonly files: readonly string[]
  /** How many files run at the same time. */
  readonly concurrency: number
  /** For each file, in milliseconds. */
  readonly timeout: number
}

/** The numbers that node's own summary has. */
const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'] as const

export type Totals = Record<(typeof COUNTS)[number], number>

export interface Run {
  /** For a reporter; the summary at the end is that of all phases together. */
  readonly events: AsyncIterable<TestEvent>
  /** Complete when the events have ended. */
  readonly totals: Totals
  /** The files in which there was no test; node counts each of them as one that passed. Complete when the events have ended. */
  readonly empty: readonly string[]
}

/** Runs the phases in turn. */
export function inTurn(phases: readonly Phase[]): Run {
  const totals: Totals = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0, duration_ms: 0 }
  const empty: string[] = []
  return { events: tell(phases, totals, empty), totals, empty }
}

async function* tell(phases: readonly Phase[], totals: Totals, empty: string[]): AsyncGenerator<TestEvent> {
  for (const { files, concurrency, timeout } of phases) {
    if (files.length === 0) continue
    for await (const event of run({ files: [...files], concurrency, timeout }) as AsyncIterable<TestEvent>) {
      // Node tells of a file only when it has nothing else to tell of it.
      if (event.type === 'test:pass' && event.data.nesting === 0 && files.includes(event.data.name))
        empty.push(event.data.name)
      if (!isSummary(event, totals)) yield event
    }
  }
  for (const count of COUNTS) {
    yield { type: 'test:diagnostic', data: { nesting: 0, message: `${count} ${totals[count]}` } } as TestEvent
  }
}

/** Whether an event is a line of a phase's summary; its number is added then. */
function isSummary(event: TestEvent, totals: Totals): boolean {
  if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) return false
  const [, count, number] = /^(\w+) (\d+(?:\.\d+)?)$/.exec(event.data.message) ?? []
  const known = COUNTS.find((name) => name === count)
  if (known === undefined) return false
  totals[known] += Number(number)
  return true
}
