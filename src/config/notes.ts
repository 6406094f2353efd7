// What is odd in presence.cfg without being wrong: sentences for the log.
import { excerpt } from '../core/printable.ts'
import { didYouMean } from './did-you-mean.ts'
import { KNOWN_PLUGINS } from './known-plugins.ts'
import { where } from './mistakes.ts'
import { optionNames } from './secret-files.ts'
import type { ResolvePlugin } from './source-names.ts'
import type { Setting } from './syntax.ts'

/** What an administrator may not expect of a known option. */
function surprise({ key, value }: Setting): string | undefined {
  if (key === 'data_save_interval') return 'has no effect any more: every update is saved at once'
  if (key === 'server_bind' && value === '') {
    return 'is empty, so the daemon listens on 127.0.0.1 only; write 0.0.0.0 to listen on all of IPv4'
  }
  return undefined
}

/** The notes on single settings; `known` are the options of the daemon and of the configured sources. */
export async function notesOn(
  settings: Iterable<Setting>,
  source: { readonly file: string; readonly known: ReadonlySet<string> },
  resolvePlugin: ResolvePlugin,
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const setting of settings) {
    const { line, key } = setting
    const place = where({ file: source.file, line })
    if (source.known.has(key)) {
      const text = surprise(setting)
      if (text !== undefined) notes.push(`${place}: ${key} ${text}`)
      continue
    }
    const plugin = await sleepingPlugin(key, resolvePlugin)
    if (plugin === undefined) {
      // Without the value: a mistyped name may well be that of a secret.
      notes.push(`${place}: there is no option ${excerpt(key)}, so it has no effect${didYouMean(key, source.known)}`)
    } else {
      notes.push(`${place}: ${key} has no effect, because ${plugin} is not among the plugins`)
    }
  }
  return notes
}

/** Which of the project's own plugins would read an option if it ran. Only one whose name the option has is loaded for that. */
async function sleepingPlugin(option: string, resolvePlugin: ResolvePlugin): Promise<string | undefined> {
  const plugin = KNOWN_PLUGINS.find((name) => option.startsWith(`${name}_`))
  if (plugin === undefined) return undefined
  const definition = await resolvePlugin(plugin).catch(() => undefined)
  const names = definition === undefined ? [] : optionNames(definition.options)
  return names.includes(option.slice(plugin.length + 1)) ? plugin : undefined
}
