// The modules that the program needs in operation, for the machine that the package is for.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isNeeded } from './files.ts'

const run = promisify(execFile)

/** Puts them into `folder`/node_modules, as package-lock.json has them. `cpu` is the machine's as Node.js names it. */
export async function installModules(root: string, folder: string, cpu: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(folder, file))
  const machine = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc']
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--no-update-notifier']
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', ...machine, ...quiet], { cwd: folder })
  rmSync(join(folder, 'node_modules', UNUSED), { recursive: true, force: true })
}

/** The same from what this checkout has installed for this machine, in a tenth of the time: for tests. */
export function copyModules(root: string, folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [path, { dev, optional }] of Object.entries<{ dev?: boolean; optional?: boolean }>(packages)) {
    if (path === '' || dev === true || path === `node_modules/${UNUSED}`) continue
    const from = join(root, path)
    if (optional === true && !existsSync(from)) continue
    const inner = join(from, 'node_modules')
    const filter = (file: string): boolean =>
      file !== inner && (statSync(file).isDirectory() || isNeeded(file.slice(root.length + '/node_modules/'.length)))
    cpSync(from, join(folder, path), { recursive: true, filter })
  }
}

/** 3,900 files for old browsers, which only irc-framework's bundle for these would load. */
const UNUSED = 'core-js'
