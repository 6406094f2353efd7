// The status board as the build makes it, in a folder of the tests.
import { join } from 'node:path'
import { build } from 'vite'

const ROOT = join(import.meta.dirname, '../..')

/** Builds it into a folder, which a server then serves. */
export async function buildBoard(folder: string): Promise<void> {
  const root = join(ROOT, 'src/board')
  await build({ configFile: join(ROOT, 'vite.config.ts'), root, logLevel: 'warn', build: { outDir: folder } })
}
