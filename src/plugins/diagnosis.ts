// Lets every configured source be examined by its plugin: each for itself, in bounded time, whatever it throws.
import type { ConfiguredPlugin } from '../config/plugins.ts'
import { systemClock } from '../core/clock.ts'
import { isFatal, reason } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { silentLog } from '../core/log.ts'
import { excerpt } from '../core/printable.ts'
import type { UserMap } from '../core/user-map.ts'
import { contain } from './containment.ts'

/** How long each may take, in milliseconds. */
export const PATIENCE = 25_000
/** The longest sentence that is told, in code points; and so many findings of one source. */
const TEXT_LIMIT = 1_000
const FINDINGS = 100

/** Names of options in findings are whole ones, as in presence.cfg. Never rejects. */
export async function diagnoseSources(
  plugins: readonly ConfiguredPlugin[],
  userMap: UserMap,
  tell: (source: string, finding: Finding) => void,
  patience = PATIENCE,
): Promise<void> {
  await Promise.all(
    plugins.map((plugin) => diagnoseOne(plugin, userMap, (finding) => tell(plugin.source, finding), patience)),
  )
}

async function diagnoseOne(
  { source, definition, options }: ConfiguredPlugin,
  userMap: UserMap,
  tell: (finding: Finding) => void,
  patience: number,
): Promise<void> {
  if (definition.diagnose === undefined) return
  const context = {
    ...{ source, log: silentLog, clock: systemClock() },
    mapUser: (id: string) => userMap.find(source, id),
    mappedIds: () => userMap.ids(source),
  }
  let told = 0
  let over = false
  const take = ({ level, text, option }: Finding): void => {
    if (over || told >= FINDINGS) return
    told += 1
    const whole = option === undefined ? {} : { option: `${source}_${option}` }
    tell({
      level: ['ok', 'warning', 'error'].includes(level) ? level : 'error',
      text: excerpt(String(text), TEXT_LIMIT),
      ...whole,
    })
  }
  const blame = (error: unknown): void => {
    take({ level: 'error', text: isFatal(error) || error instanceof Error ? reason(error) : String(error) })
  }
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      take({
        level: 'error',
        text: `was not through after ${patience / 1_000} s: whatever it connects to hardly answers`,
      })
      resolve()
    }, patience)
  })
  const run = async (): Promise<void> => definition.diagnose?.(options, context, take, abort.signal)
  try {
    await Promise.race([contain(blame, run), late])
  } catch (error) {
    blame(error)
  } finally {
    clearTimeout(timer)
    over = true
    contain(
      () => {},
      () => abort.abort(),
    )
  }
}
