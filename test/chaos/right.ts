// Waits until all is right: every answer as the oracle has it, and every watcher with the same picture; a flap ends the waiting.
import { type PresenceDocument, ProblemError } from '../../src/client/index.ts'
import { wrongAnswers, wrongPicture } from './oracle.ts'
import type { Role } from './role.ts'
import type { Watching } from './world.ts'

export interface Rightness {
  readonly roles: readonly Role[]
  readonly watchers: readonly Watching[]
  /** Everybody's document, as each daemon has it. */
  answers(): Promise<readonly ReadonlyMap<string, PresenceDocument>[]>
  /** Resolves at the next event that any watcher is told. */
  nextEvent(): Promise<void>
  tell(line: string): void
}

/** Milliseconds. */
const PAUSE = 50

/** Rejects after so many milliseconds; what takes longer than the bound is told. */
export async function untilRight(about: Rightness, limit: number, bound = limit): Promise<void> {
  const { roles, watchers, tell } = about
  const due = Math.max(...roles.map((role) => role.due()))
  const begin = Math.max(performance.now(), due)
  let late = begin + bound
  for (;;) {
    const mistakes = watchers.flatMap(({ watcher }) => watcher.mistakes.map((one) => `${watcher.name}: ${one}`))
    if (mistakes.length > 0) throw new Error(`a flap, or a contradiction:\n${mistakes.slice(0, 10).join('\n')}`)
    const answers = await about.answers().catch(notYet)
    const wrong = typeof answers === 'string' ? [answers] : answers.flatMap((documents) => wrongIn(documents, about))
    if (wrong.length === 0) return
    if (performance.now() > late) {
      tell(`later than the bound of ${seconds(bound)}: ${wrong.slice(0, 3).join('; ')}`)
      late = Number.POSITIVE_INFINITY
    }
    if (performance.now() > begin + limit)
      throw new Error(`not right within ${seconds(limit)}:\n${wrong.slice(0, 10).join('\n')}`)
    const wake = new AbortController()
    await Promise.race([about.nextEvent(), pause(wake.signal)])
    wake.abort()
  }
}

/** A daemon that was stopped for a while says so once, instead of an answer that may be old. */
function notYet(error: unknown): string {
  if (error instanceof ProblemError && error.problem.status === 503) return error.message
  throw error
}

function wrongIn(documents: ReadonlyMap<string, PresenceDocument>, { roles, watchers }: Rightness): string[] {
  const answers = wrongAnswers(documents, roles)
  if (answers.length > 0) return answers
  return watchers.flatMap(({ watcher, wants }) => wrongPicture(watcher, documents, wants))
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PAUSE)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
