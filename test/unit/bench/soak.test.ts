// When a soak counts as level: the verdict on samples that are made up here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakOptions } from '../../../bench/soak/options.ts'
import { mistakesOf, type Sample } from '../../../bench/soak/verdict.ts'

const LIMITS = { slope: 10, share: 0.95, rate: 2_000 }
const TIMES = { p50: 1, p99: 8, max: 20 }

/** Half an hour in steps of ten seconds. */
function soak(change: (minute: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: 180 }, (_, index) => ({
    ...{
      at: index * 10,
      resident: 150,
      anonymous: 90,
      heap: 40,
      heapTotal: 60,
      cpu: 0.5,
      descriptors: 1_050,
      rate: 2_000,
      failures: 0,
    },
    ...{ latency: TIMES, loop: TIMES, watchDelay: TIMES, broken: 0 },
    ...change(index / 6),
  }))
}

test('level is what has warmed up and then stays', () => {
  assert.deepEqual(mistakesOf(soak(), LIMITS), [])
  const warming = soak((minute) => ({ resident: Math.min(150, 100 + 5 * minute) }))
  assert.deepEqual(mistakesOf(warming, LIMITS), [])
  assert.deepEqual(
    mistakesOf(
      soak((minute) => ({ resident: 150 + 10 * Math.sin(minute * 6) })),
      LIMITS,
    ),
    [],
  )
})

test('memory that grows, a loop that slows down, failures and a rate that is missed are not', () => {
  const cases: [Sample[], RegExp][] = [
    [soak((minute) => ({ resident: 150 + minute / 3 })), /^RSS grows by 20\.0 MiB an hour; the limit is 10$/],
    [
      soak((minute) => ({ loop: { ...TIMES, p99: minute < 20 ? 8 : 13 } })),
      /delay \(p99\) grows from 8\.0 to 13\.0 ms/,
    ],
    [soak((minute) => ({ failures: minute === 3 ? 1 : 0 })), /^1 requests failed$/],
    [soak((minute) => ({ broken: minute === 3 ? 2 : 0 })), /^2 streams ended by themselves$/],
    [soak(() => ({ rate: 1_500 })), /^only 1500 of 2000 requests a second were reached$/],
  ]
  for (const [samples, pattern] of cases) {
    const mistakes = mistakesOf(samples, LIMITS)
    assert.equal(mistakes.length, 1, String(mistakes))
    assert.match(mistakes[0] ?? '', pattern)
  }
})

test('the command line says how long and how much, and what is no number is refused', () => {
  assert.deepEqual(soakOptions([]), { minutes: 30, rate: 2000, watchers: 1000, users: 20000, interval: 10 })
  assert.equal(soakOptions(['--minutes', '0.5']).minutes, 0.5)
  for (const wrong of ['0', 'much'])
    assert.throws(() => soakOptions(['--rate', wrong]), /--rate must be a number above 0/)
})
