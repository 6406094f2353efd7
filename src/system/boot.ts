// Since when the machine runs: a clock that nobody sets, and which goes on while the daemon is down.
import { readFileSync } from 'node:fs'

/** In milliseconds, with a name of this run of the machine; undefined where that can't be known (it is Linux's, proc(5)). */
export function boot(): { readonly id: string; readonly uptime: number } | undefined {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000
    return Number.isFinite(uptime) ? { id, uptime } : undefined
  } catch {
    return undefined
  }
}
