// The process in which one target is tried: with a bounded heap, and watched by its parent, so that nothing can hang or grow unseen.
import { targets } from './all-targets.ts'
import { runTarget } from './run-target.ts'
import type { Report } from './target.ts'

/** What the parent sends first. */
export interface Order {
  readonly name: string
  readonly seed: number
  readonly runs: number
  readonly path?: string | undefined
}

/** What the child tells. */
export type News =
  | { readonly batch: number; readonly done: number; readonly memory: number }
  | { readonly report: Report }

// Also while nothing but a clock of the test is waited for.
setInterval(() => {}, 1_000)

process.once('message', (order: Order) => {
  void obey(order)
})

async function obey({ name, ...order }: Order): Promise<void> {
  const target = targets().find((candidate) => candidate.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}`)
  const report = await runTarget(target, {
    ...order,
    progress: (batch, done) => tell({ batch, done, memory: process.memoryUsage.rss() / 2 ** 20 }),
  })
  tell({ report })
  // Whatever is still open here would keep the process.
  process.disconnect()
  process.exit(0)
}

function tell(news: News): void {
  process.send?.(news)
}
