// Debian's own ejabberdctl on a test's ejabberd, to run the lines that the README tells administrators to type.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from './children.ts'

export const NODE_NAME = 'ejabberd@localhost'

export interface EjabberdctlOptions {
  /** Where ejabberd keeps everything, its cookie too. */
  readonly folder: string
  readonly configFile: string
  /** Where the node listens for other Erlang nodes; there is no epmd. */
  readonly distributionPort: number
}

/** What `erl` needs, so that ejabberdctl can reach the node. */
export function distributionArguments(port: number): string[] {
  const interfaceOnly = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}']
  return ['-sname', NODE_NAME, '-start_epmd', 'false', '-erl_epmd_port', String(port), ...interfaceOnly]
}

/** Gives the lines to a shell that finds ejabberdctl in its path; rejects with what it says when one fails. */
export async function runInShell(lines: string, options: EjabberdctlOptions): Promise<string> {
  const { folder, configFile, distributionPort } = options
  const programs = join(folder, 'bin')
  mkdirSync(programs, { recursive: true })
  const program = join(programs, 'ejabberdctl')
  // The only change: it stays the user that it is, and does not become the one of Debian's service.
  const original = readFileSync('/usr/sbin/ejabberdctl', 'utf8')
  writeFileSync(program, original.replace(/^INSTALLUSER=.*$/m, 'INSTALLUSER='))
  chmodSync(program, 0o755)
  for (const name of ['ejabberdctl.cfg', 'inetrc']) writeFileSync(join(folder, name), '')
  return runToEnd('sh', ['-e', '-c', lines], {
    env: {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      HOME: folder,
      ERL_DIST_PORT: String(distributionPort),
      ERLANG_NODE: NODE_NAME,
      CONFIG_DIR: folder,
      LOGS_DIR: join(folder, 'log'),
      SPOOL_DIR: join(folder, 'database'),
      EJABBERD_CONFIG_PATH: configFile,
      EJABBERDCTL_CONFIG_PATH: join(folder, 'ejabberdctl.cfg'),
    },
  })
}
