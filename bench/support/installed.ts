// Whether a program is there that a measurement needs.
import { spawnSync } from 'node:child_process'

/** Whether a line of shell, such as `command -v prosody`, succeeds. */
export function succeeds(line: string): boolean {
  return spawnSync('sh', ['-c', line]).status === 0
}
