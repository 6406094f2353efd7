// Tries the cases of one target in this process, in batches, and reports what became of them.
import fc from 'fast-check'
import { reason } from '../../src/core/errors.ts'
import { CleanUps } from '../support/clean-ups.ts'
import type { Failure, Report, Target, Trial } from './target.ts'

export interface RunOptions {
  readonly seed: number
  readonly runs: number
  /** Of one case that failed, as a report gives it. */
  readonly path?: string | undefined
  /** Before each batch: its seed, and how many cases were tried until then. */
  progress?(batch: number, done: number): void
}

/** So many cases have one seed. */
const BATCH = 1_000
/** Spreads the seeds of the batches over all numbers of 32 bits. */
const STEP = 0x9e3779b1

/** Never rejects because of a case: what went wrong is in the report. */
export async function runTarget<Case>(target: Target<Case>, options: RunOptions): Promise<Report> {
  const begin = performance.now()
  const cleanUps = new CleanUps()
  const meter = new Meter(target, await target.start(cleanUps))
  let failure: Failure | undefined
  let done = 0
  try {
    while (done < options.runs && failure === undefined) {
      const seed = (options.seed + Math.floor(done / BATCH) * STEP) | 0
      options.progress?.(seed, done)
      const runs = options.path === undefined ? Math.min(BATCH, options.runs - done) : 1
      failure = await batch(target, meter, { seed, runs, path: options.path })
      done = options.path === undefined ? done + runs : options.runs
    }
  } finally {
    meter.stop()
    await cleanUps.run()
  }
  return {
    ...{ name: target.name, runs: meter.runs, seconds: (performance.now() - begin) / 1000 },
    ...{ verdicts: Object.fromEntries([...meter.verdicts].sort()), longest: meter.longest },
    memory: process.resourceUsage().maxRSS / 1024,
    ...(failure !== undefined && { failure }),
  }
}

async function batch<Case>(
  target: Target<Case>,
  meter: Meter<Case>,
  { seed, runs, path }: { readonly seed: number; readonly runs: number; readonly path: string | undefined },
): Promise<Failure | undefined> {
  const property = fc.asyncProperty(target.cases, (input) => meter.check(input))
  const found = await fc.check(property, { seed, numRuns: runs, ...(path !== undefined && { path }) })
  if (!found.failed) return undefined
  const input = found.counterexample === null ? '' : target.show(found.counterexample[0])
  const error = found.errorInstance instanceof Error ? (found.errorInstance.stack ?? '') : String(found.errorInstance)
  return { seed, path: found.counterexamplePath ?? undefined, input, error }
}

/** Counts and times the cases, and blames on them what is thrown while they are tried. */
class Meter<Case> {
  readonly #target: Target<Case>
  readonly #trial: Trial<Case>
  readonly verdicts = new Map<string, number>()
  runs = 0
  longest = 0
  #stray: unknown

  constructor(target: Target<Case>, trial: Trial<Case>) {
    this.#target = target
    this.#trial = trial
    process.on('uncaughtException', this.#catch)
    process.on('unhandledRejection', this.#catch)
  }

  stop(): void {
    process.off('uncaughtException', this.#catch)
    process.off('unhandledRejection', this.#catch)
  }

  async check(input: Case): Promise<void> {
    const begin = performance.now()
    const verdict = await inTime(this.#trial.check(input), this.#target.patience)
    this.longest = Math.max(this.longest, performance.now() - begin)
    this.runs += 1
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1)
    if (this.#stray === undefined) return
    const stray = this.#stray
    this.#stray = undefined
    throw new Error(`thrown out of turn: ${reason(stray)}`, { cause: stray })
  }

  readonly #catch = (error: unknown): void => {
    this.#stray = error
  }
}

async function inTime(outcome: string | Promise<string>, patience: number): Promise<string> {
  if (typeof outcome === 'string') return outcome
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: nothing came of it within ${patience} ms`)), patience)
  })
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}
