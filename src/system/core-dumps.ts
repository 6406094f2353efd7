// No core dumps: they would hold the secret, tokens and passwords.
import { spawn } from 'node:child_process'
import { reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/**
 * Turns core dumps off for this process, for good. Node can't set limits itself, so `prlimit` (util-linux) does it; where that is
 * missing a note says so, and nothing fails.
 */
export function forbidCoreDumps(log: Log, pid = process.pid): Promise<void> {
  return new Promise((resolve) => {
    const remark = (why: string): void => {
      log.info(
        `Core dumps could not be turned off (prlimit: ${why}); a limit in the service manager (LimitCORE=0) does the same.`,
      )
      resolve()
    }
    const child = spawn('prlimit', ['--core=0:0', '--pid', String(pid)], { stdio: 'ignore' })
    child.once('error', (error) => remark(reason(error)))
    child.once('exit', (code) => (code === 0 ? resolve() : remark(`exit code ${code}`)))
  })
}
