#!/usr/bin/env node
// The front door of the command line: sees to the version of Node.js, and hands the commands what they need from outside.
import { basename, relative } from 'node:path'
import type { DaemonDoor } from './cli/context.ts'
import { nodeMistake } from './cli/node-version.ts'

/** How long what a diagnosis has left open may keep the process, in milliseconds: longer than anything else that the doctor does. */
const LEFT_OPEN = 15_000

/** The daemon with all its rooms is loaded only by the commands that need it. */
const daemon: DaemonDoor = {
  resolvePlugin: async (name, folder) => (await import('./daemon.ts')).resolvePlugin(name, folder),
  async examine(configuration, tell) {
    await (await import('./daemon.ts')).examine(configuration, tell)
    // Whatever a plugin of others has left open shall not keep the doctor.
    setTimeout(() => process.exit(), LEFT_OPEN).unref()
  },
  async runDaemon(options) {
    // Before anything is read there is nothing to reload; but the signal would end a process that is only loading its modules.
    process.on('SIGHUP', () => undefined)
    return (await import('./daemon.ts')).runDaemon(options)
  },
  openStore: async ({ settings }, options) => (await import('./daemon.ts')).openOffline(settings, options),
}

/** Installed it has its own name, which npx may have to find; out of a checkout it is a script. */
function programName(script: string): string {
  if (basename(script) !== 'kopano-presence') return `node ${relative(process.cwd(), script)}`
  // As npx says it: then it may not be in the PATH of another terminal.
  return process.env.npm_command === 'exec' ? 'npx kopano-presence' : 'kopano-presence'
}

async function run(): Promise<number> {
  // Loaded only now: an old Node.js would fail on them with other words than ours.
  const { processContext } = await import('./cli/process-context.ts')
  const { runCommandLine } = await import('./cli/program.ts')
  return runCommandLine(process.argv.slice(2), {
    ...processContext(process),
    program: programName(process.argv[1] ?? 'kopano-presence'),
    daemon,
  })
}

const mistake = nodeMistake(process.versions.node)
if (mistake === undefined) {
  process.exitCode = await run()
} else {
  console.error(mistake)
  process.exitCode = 1
}
