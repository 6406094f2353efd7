// Runs the command line inside the test process, with what it writes collected.
import { Readable } from 'node:stream'
import type { CommandContext, DaemonDoor } from '../../src/cli/context.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { resolveSample } from './sample-plugins.ts'

export interface Outcome {
  readonly code: number
  readonly out: readonly string[]
  readonly err: readonly string[]
}

/** The time of every token, 2026-11-23 09:00:00 UTC, in milliseconds. */
export const NOW = 1_795_424_400_000

/** A command as a user gives it in `folder`, on a machine whose only configuration is in that folder, too. */
export async function command(
  folder: string,
  args: readonly string[],
  surroundings: Partial<DaemonDoor> & Partial<Omit<CommandContext, 'exit' | 'daemon'>> = {},
): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const {
    resolvePlugin = resolveSample,
    examine = () => Promise.resolve(),
    runDaemon = () => Promise.reject(new Error('this test starts no daemon')),
    openStore = () => Promise.reject(new Error('this test opens no store')),
    ...rest
  } = surroundings
  const code = await runCommandLine(args, {
    out: (line) => out.push(...line.split('\n')),
    err: (line) => err.push(...line.split('\n')),
    input: () => Readable.from([]),
    write: (bytes) => Promise.resolve(void out.push(Buffer.from(bytes).toString())),
    ended: () => new AbortController().signal,
    environment: { KOPANO_CFG_DIR: folder },
    folder,
    program: 'kopano-presence',
    now: () => NOW,
    daemon: { resolvePlugin, examine, runDaemon, openStore },
    ...rest,
  })
  return { code, out, err }
}
