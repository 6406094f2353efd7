// Asks the doctor about a configuration, in the test process, as the command line does.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reported } from '../../src/cli/doctor/report.ts'
import { examine } from '../../src/daemon/examine.ts'
import { resolvePlugin } from '../../src/plugins/registry.ts'
import { command } from './command-line.ts'
import type { ConfigLines } from './daemon.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Diagnosis {
  readonly code: number
  readonly findings: readonly Reported[]
  /** What it said, as people read it: of everything, or of one thing. */
  text(about?: string): string
}

/** A secret that nothing is to be said against. */
export const SOUND = 'a long random secret of the tests'

/** With these lines of presence.cfg beside those that leave the machine alone. */
export async function diagnosed(
  t: { after(cleanUp: () => void): void },
  config: ConfigLines,
  { mode = 0o600, args = [] }: { readonly mode?: number; readonly args?: readonly string[] } = {},
): Promise<Diagnosis> {
  const folder = temporaryFolder(t)
  const lines: ConfigLines = {
    ...{ data_path: join(folder, 'data'), server_port: 1, server_secret_key: SOUND, plugins: 'spreed' },
    ...{ run_as_user: '', run_as_group: '', pid_file: '', running_path: '' },
    ...config,
  }
  const file = join(folder, 'presence.cfg')
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  )
  chmodSync(file, mode)
  const { code, out, err } = await command(folder, ['doctor', '--json', ...args], {
    ...{ now: Date.now, resolvePlugin, examine },
  })
  if (out.length === 0) throw new Error(err.join('\n'))
  const { findings } = JSON.parse(out.join('')) as { findings: readonly Reported[] }
  const text = (about?: string): string =>
    findings
      .filter((finding) => about === undefined || finding.about === about)
      .map(
        (finding) =>
          `${finding.level} ${finding.about}: ${finding.text} [${finding.option ?? ''}:${finding.line ?? ''}]`,
      )
      .join('\n')
  return { code, findings, text }
}
