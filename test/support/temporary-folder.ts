// A folder that lives as long as a test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes an empty folder and removes it, with all that is in it by then, after the test. */
export function temporaryFolder(t: { after(cleanUp: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'kopano-presence-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
