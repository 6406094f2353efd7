// The sample of presence.cfg, and whatever else is made from the options and commands. Run as a script, it writes them all.
import { fileURLToPath } from 'node:url'
import { generatedFiles } from '../../tools/manual/files.ts'

export const SAMPLE_FILE = fileURLToPath(new URL('../../deploy/presence.cfg', import.meta.url))

/** The text that the schemas of the daemon and of its plugins make. */
export async function expectedSample(): Promise<string> {
  return (await generatedFiles()).get('deploy/presence.cfg') ?? ''
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await import('../../tools/manual/main.ts')
