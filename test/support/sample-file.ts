// The sample of presence.cfg: where it is and what it must say. Run as a script, it writes the file.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sampleFile } from '../../src/config/sample.ts'
import { resolvePlugin } from '../../src/plugins/registry.ts'

export const SAMPLE_FILE = fileURLToPath(new URL('../../deploy/presence.cfg', import.meta.url))

/** The plugins of this version, in the order of the file. */
const PLUGINS = ['spreed', 'manual', 'xmpp', 'asterisk', 'irc']

/** The text that the schemas of the daemon and of its plugins make. */
export async function expectedSample(): Promise<string> {
  const plugins = await Promise.all(
    PLUGINS.map(async (name) => {
      const definition = await resolvePlugin(name)
      if (definition === undefined) throw new Error(`the plugin ${name} is missing`)
      return { name, options: definition.options }
    }),
  )
  return sampleFile(plugins)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SAMPLE_FILE, await expectedSample())
