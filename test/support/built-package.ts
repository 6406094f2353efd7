// The package as it is built and published, in a folder of the tests: others' programs and pages load it from there.
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from './children.ts'

const ROOT = join(import.meta.dirname, '../..')
export const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** Compiles it into `node_modules/kopano-presence` of a folder, as npm would install it; resolves to the place of its `dist`. */
export async function installBuiltPackage(folder: string): Promise<string> {
  const installed = join(folder, 'node_modules/kopano-presence')
  mkdirSync(installed, { recursive: true })
  symlinkSync(join(ROOT, 'package.json'), join(installed, 'package.json'))
  const dist = join(installed, 'dist')
  await runToEnd(process.execPath, [TSC, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: ROOT })
  return dist
}
