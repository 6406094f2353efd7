// Runs one target in a process of its own, and notices when that hangs, ends or runs out of memory.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { News, Order } from './child.ts'
import type { AnyTarget, Report } from './target.ts'

export interface Watch {
  /** Told before every batch: how many cases were tried, and how much memory the process has, in MiB. */
  progress?(done: number, memory: number): void
}

/** Beyond the patience with a single case: nothing moves any more, not even a timer. Milliseconds. */
const SILENCE = 300_000

/** The report of the child; one with a failure when it ends or falls silent before. */
export function supervise(target: AnyTarget, order: Omit<Order, 'name'>, watch: Watch = {}): Promise<Report> {
  return new Promise((resolve) => {
    const begin = performance.now()
    const child = fork(join(import.meta.dirname, 'child.ts'), {
      execArgv: [`--max-old-space-size=${target.heap}`, '--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    let said = ''
    let last = { batch: order.seed, done: 0, memory: 0 }
    let report: Report | undefined
    let silent = false
    const giveUp = () => {
      silent = true
      child.kill('SIGKILL')
    }
    let timer = setTimeout(giveUp, SILENCE)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
    })
    child.on('message', (news: News) => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, SILENCE)
      if ('report' in news) report = news.report
      else {
        last = news
        watch.progress?.(news.done, news.memory)
      }
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const error = silent
        ? `it hangs: no case was finished for ${SILENCE / 1000} s`
        : `the process ended by itself (${signal ?? code}), as when its heap of ${target.heap} MiB is full: ${said}`
      resolve(
        report ?? {
          ...{ name: target.name, runs: last.done, seconds: (performance.now() - begin) / 1000 },
          ...{ verdicts: {}, longest: 0, memory: last.memory },
          failure: { seed: last.batch, path: undefined, input: 'one of the batch with this seed', error },
        },
      )
    })
    child.send({ name: target.name, ...order })
  })
}

/** What to type to have a failed case again, and everything that is known of it. */
export function describeFailure({ name, failure }: Report): string {
  if (failure === undefined) return ''
  const again = `npm run fuzz -- ${name} --seed=${failure.seed}${failure.path === undefined ? '' : ` --path ${failure.path}`}`
  return `${name} failed.\n  again: ${again}\n  case:  ${failure.input}\n  ${failure.error}`
}
