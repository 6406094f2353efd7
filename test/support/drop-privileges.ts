// A process that gives up root's rights and tells what is left of them, as JSON on stdout. Its arguments are one JSON object.
import { appendFileSync } from 'node:fs'
import { reason } from '../../src/core/errors.ts'
import { dropPrivileges } from '../../src/system/privileges.ts'
import { recordedLog } from './recorded-log.ts'

interface Arguments {
  readonly user: string
  /** Missing stands for undefined, which JSON does not have. */
  readonly group?: string
  readonly askedFor: { readonly user: boolean; readonly group: boolean }
  readonly paths: readonly string[]
  /** Become this uid beforehand. */
  readonly startAs?: number
  /** Have these supplementary groups beforehand. */
  readonly startGroups?: readonly number[]
}

const { startAs, startGroups, ...settings } = JSON.parse(process.argv[2] ?? '') as Arguments
if (startGroups !== undefined) process.setgroups?.([...startGroups])
if (startAs !== undefined) {
  process.setgid?.(startAs)
  process.setuid?.(startAs)
}
const log = recordedLog()
let error: string | undefined
try {
  dropPrivileges({ ...settings, group: settings.group, log })
} catch (thrown) {
  error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
}

function attempt(action: () => void): string {
  try {
    action()
    return 'done'
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : reason(thrown)
  }
}

console.log(
  JSON.stringify({
    error,
    lines: log.lines,
    ids: [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()],
    groups: process.getgroups?.(),
    writes: settings.paths.map((path) => attempt(() => appendFileSync(path, 'mine'))),
    back: [
      attempt(() => process.setuid?.(0)),
      attempt(() => process.setgid?.(0)),
      attempt(() => process.setgroups?.([0])),
    ],
  }),
)
