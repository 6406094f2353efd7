// The files that are made from the options and commands, with what they must say.
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { makeProgram } from '../../src/cli/program.ts'
import { type SamplePlugin, sampleFile } from '../../src/config/sample.ts'
import { resolvePlugin } from '../../src/plugins/registry.ts'
import { commandPage } from './command-page.ts'
import { bashCompletion } from './completion.ts'
import { configPage } from './config-page.ts'

/** The plugins of this version, in the order of the sample. */
const PLUGINS = ['spreed', 'manual', 'xmpp', 'asterisk', 'irc']

/** By path, from the root of the project. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const plugins = await samplePlugins()
  const program = unusedProgram()
  const date = releaseDate()
  return new Map([
    ['deploy/presence.cfg', sampleFile(plugins)],
    ['deploy/man/kopano-presence.8', commandPage(program, date)],
    ['deploy/man/presence.cfg.5', configPage(plugins, date)],
    ['deploy/bash-completion/kopano-presence', bashCompletion(program)],
  ])
}

/** The plugins that come with the daemon. */
async function samplePlugins(): Promise<readonly SamplePlugin[]> {
  return Promise.all(
    PLUGINS.map(async (name) => {
      const definition = await resolvePlugin(name)
      if (definition === undefined) throw new Error(`the plugin ${name} is missing`)
      return { name, options: definition.options }
    }),
  )
}

/** The commands, none of which will run. */
function unusedProgram() {
  const nothing = () => undefined
  const refused = () => Promise.reject(new Error('no command runs here'))
  return makeProgram({
    ...{ out: nothing, err: nothing, exit: nothing, now: Date.now, environment: {}, folder: '/' },
    program: 'kopano-presence',
    input: () => Readable.from([]),
    write: () => Promise.resolve(),
    ended: () => new AbortController().signal,
    daemon: { resolvePlugin, examine: refused, runDaemon: refused, openStore: refused },
  })
}

/** As mdoc writes it; the changelog has the date of a release, and of what is not yet released there is only the year. */
function releaseDate(): string {
  const changes = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')
  const [year, month, day] = /^## .*\((\d{4})-(\d{2})-(\d{2})\)$/m.exec(changes)?.slice(1).map(Number) ?? [2026, 11, 23]
  const name = new Date(Date.UTC(2000, (month ?? 1) - 1)).toLocaleString('en', { month: 'long', timeZone: 'UTC' })
  return `${name} ${day}, ${year}`
}
