// Writes what is made from the options and commands: the sample of presence.cfg, the manual pages, and the completion for bash.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles } from './files.ts'

const ROOT = join(import.meta.dirname, '../..')

for (const [path, text] of await generatedFiles()) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true })
  writeFileSync(join(ROOT, path), text)
}
