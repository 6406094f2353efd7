// dist/ as `npm run build` makes it, made anew only when something that it is made of is newer.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from './children.ts'

const ROOT = join(import.meta.dirname, '../..')
const MADE_OF = ['src', 'package.json', 'package-lock.json', 'build.mjs', 'vite.config.ts', 'tsconfig.json']
/** What the build writes last. */
const LAST = 'dist/board/index.html'

/** Resolves when dist/ is up to date. */
export async function buildDist(): Promise<void> {
  const made = changed(LAST)
  if (!MADE_OF.some((path) => newest(path) >= made)) return
  await runToEnd('npm', ['run', 'build'], { cwd: ROOT })
}

/** When the newest file of a path was changed, or the newest folder, from which one may have gone. */
function newest(path: string): number {
  const inside = statSync(join(ROOT, path)).isDirectory()
    ? readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    : []
  return Math.max(changed(path), ...inside.map((name) => changed(join(path, name))))
}

function changed(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
