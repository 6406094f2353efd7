// What a fuzz target is: how its cases are made, and what is checked of each.
import type fc from 'fast-check'
import type { CleanUps } from '../support/clean-ups.ts'

export interface Target<Case> {
  /** What `npm run fuzz -- NAME` calls it. */
  readonly name: string
  /** What has to hold, as the rest of a sentence that begins with "whatever comes". */
  readonly about: string
  /** How many cases the long run has, and how many a run of the tests. */
  readonly runs: number
  readonly shortRuns: number
  /** The heap that the long run has to get by with, in MiB: less than what it would need if anything grew with every case. */
  readonly heap: number
  /** How long one case may take, in milliseconds. */
  readonly patience: number
  readonly cases: fc.Arbitrary<Case>
  /** How a case looks in a report. */
  show(input: Case): string
  /** Sets up what the cases meet; `cleanUps` undoes it after the last one. */
  start(cleanUps: CleanUps): Promise<Trial<Case>>
}

export interface Trial<Case> {
  /** Throws when something is wrong with a case; else says in one or two words what became of it, for the summary. */
  check(input: Case): string | Promise<string>
}

/** Of any kind of cases: what is done with a target without knowing them. */
// biome-ignore lint/suspicious/noExplicitAny: a case is made and checked by the same target only
export type AnyTarget = Target<any>

export interface Report {
  readonly name: string
  /** How many cases were tried. */
  readonly runs: number
  readonly seconds: number
  /** How many cases ended in which way. */
  readonly verdicts: Readonly<Record<string, number>>
  /** The longest time of one case, in milliseconds. */
  readonly longest: number
  /** The most memory that the process had, in MiB. */
  readonly memory: number
  readonly failure?: Failure
}

export interface Failure {
  /** With this seed, and this path where there is one, the same case comes first. */
  readonly seed: number
  readonly path: string | undefined
  /** The smallest case that was found. */
  readonly input: string
  readonly error: string
}
