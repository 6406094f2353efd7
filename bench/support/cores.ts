// Which cores a load and the servers that it measures get: of two or more the servers have one alone, all of them the same one.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** What stands before a command; nothing where there is but one core, or with BENCH_PIN=no. */
export const FOR_LOAD: readonly string[] = pinnedTo(0)
export const FOR_SERVERS: readonly string[] = pinnedTo(1)

export const WORDS_ABOUT_CORES =
  FOR_SERVERS.length > 0
    ? 'wrk ran on core 0, and every server, with all its threads and helpers, on core 1.'
    : 'wrk and the servers shared all cores.'

function pinnedTo(core: number): readonly string[] {
  if (process.env.BENCH_PIN === 'no' || availableParallelism() < 2) return []
  const words = ['taskset', '-c', String(core)]
  const [program = '', ...args] = [...words, 'true']
  return spawnSync(program, args).status === 0 ? words : []
}

/** What is started meanwhile gets the core of the servers, and knows of no other from its start on. */
export async function onServersCore<Result>(start: () => Promise<Result>): Promise<Result> {
  if (FOR_SERVERS.length === 0) return await start()
  const move = (cores: string): void => void spawnSync('taskset', ['-cp', cores, String(process.pid)])
  move('1')
  try {
    return await start()
  } finally {
    move(`0-${availableParallelism() - 1}`)
  }
}
