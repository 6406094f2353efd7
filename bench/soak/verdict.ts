// Whether a soak was level: the slope of the memory, and the loop's delay in the last third against the one before (pure).
import { median } from '../support/table.ts'

/** One line of the table. */
export interface Sample {
  /** Seconds since the begin. */
  readonly at: number
  /** All in MiB. */
  readonly resident: number
  readonly anonymous: number
  readonly heap: number
  readonly heapTotal: number
  /** Of one core, the daemon alone. */
  readonly cpu: number
  readonly descriptors: number
  /** Requests a second. */
  readonly rate: number
  readonly failures: number
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly watchDelay: { readonly p50: number; readonly p99: number }
  readonly broken: number
}

export interface Limits {
  /** MiB an hour. */
  readonly slope: number
  /** How much of the rate that was asked for must be reached. */
  readonly share: number
  readonly rate: number
}

/** How much the loop's delay may grow, and what is too little to matter, in milliseconds. */
const LOOP_FACTOR = 1.5
const LOOP_FLOOR = 5

/** MiB an hour, by least squares over these samples. */
export function slopeOf(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
  const [middle, level] = [mean(samples.map(({ at }) => at)), mean(samples.map(of))]
  const over = samples.reduce((sum, sample) => sum + (sample.at - middle) * (of(sample) - level), 0)
  const under = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0)
  return under === 0 ? 0 : (over / under) * 3600
}

/** The value below which this share of the numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** What was not level; empty when all was. The first third is the warm-up. */
export function mistakesOf(samples: readonly Sample[], limits: Limits): string[] {
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(-third)]
  const mistakes: string[] = []
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0)
  if (failures > 0) mistakes.push(`${failures} requests failed`)
  const broken = samples.reduce((sum, sample) => sum + sample.broken, 0)
  if (broken > 0) mistakes.push(`${broken} streams ended by themselves`)
  const slope = slopeOf(samples.slice(third), ({ resident }) => resident)
  if (slope > limits.slope) mistakes.push(`RSS grows by ${slope.toFixed(1)} MiB an hour; the limit is ${limits.slope}`)
  const delay = (some: readonly Sample[]): number => median(some.map(({ loop }) => loop.p99))
  const [before, after] = [delay(middle), delay(last)]
  if (after > Math.max(before, LOOP_FLOOR) * LOOP_FACTOR)
    mistakes.push(`the loop's delay (p99) grows from ${before.toFixed(1)} to ${after.toFixed(1)} ms`)
  const rate = median(samples.map((sample) => sample.rate))
  if (rate < limits.rate * limits.share)
    mistakes.push(`only ${Math.round(rate)} of ${limits.rate} requests a second were reached`)
  return mistakes
}
