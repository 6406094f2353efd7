// Gives up root's rights for good, once everything that needs them is done.
import { FatalError, reason } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type Account, findAccount, findGroup } from './accounts.ts'
import { giveTo, type Owner } from './ownership.ts'

export interface DropSettings {
  /** run_as_user and run_as_group: names or numbers. Without a group it is the account's primary one. */
  readonly user: string
  readonly group: string | undefined
  /** Whether presence.cfg itself names them; a default that does not exist is no mistake. */
  readonly askedFor: { readonly user: boolean; readonly group: boolean }
  /** Files and directories that the account must be able to write; those of root are given to it. */
  readonly paths: readonly string[]
  readonly log: Log
}

/**
 * Started by root, the daemon becomes the account of run_as_user, and makes sure that there is no way back. Started by anybody else it
 * stays what it is, with a note; so it does when the account is only the default and does not exist. Throws FatalError otherwise.
 */
export function dropPrivileges(settings: DropSettings): void {
  const { user, group, askedFor, paths, log } = settings
  if (process.geteuid === undefined || process.geteuid() !== 0) {
    log.info(`Already running without root's rights, so run_as_user ${user} changes nothing.`)
    return
  }
  const account = findAccount(user)
  if (account === undefined) {
    if (askedFor.user) throw missing('run_as_user', user, 'account', `adduser --system --group ${user}`)
    log.notice(
      `Running as root, since the account ${user} does not exist. Create it, or name another one with run_as_user.`,
    )
    return
  }
  const target = group === undefined ? undefined : findGroup(group)
  if (group !== undefined && target === undefined) {
    if (askedFor.group) throw missing('run_as_group', group, 'group', `addgroup --system ${group}`)
    log.info(`The group ${group} does not exist; using the primary group of ${account.name} instead.`)
  }
  const gid = target?.gid ?? account.gid
  for (const path of paths) giveTo({ uid: account.uid, gid }, path, log)
  become(account, gid)
  log.info(`Running as ${account.name}${target === undefined ? '' : `, group ${target.name}`}.`)
}

/**
 * The group that files for clients should belong to, since `dropPrivileges` will run the daemon in it. Undefined where that changes
 * nothing.
 */
export function futureGroup(user: string | undefined, group: string | undefined): number | undefined {
  return accountOf(user, group)?.gid
}

/** As whom the daemon will run when root starts it. Undefined where it stays what it is. */
export function accountOf(user: string | undefined, group: string | undefined): Owner | undefined {
  if (user === undefined || process.geteuid?.() !== 0) return undefined
  const account = findAccount(user)
  if (account === undefined) return undefined
  return { uid: account.uid, gid: (group === undefined ? undefined : findGroup(group)?.gid) ?? account.gid }
}

function missing(option: string, name: string, kind: string, command: string): FatalError {
  return new FatalError(`${option} ${name}: there is no such ${kind}. Create it (${command}), or name another one.`)
}

/** Node has it (except on Windows), its type declarations don't. */
const posix = process as typeof process & { initgroups(user: string, extraGroup: number): void }

function become(account: Account, gid: number): void {
  try {
    // The supplementary groups first: later there is no right to change them.
    posix.initgroups(account.name, gid)
    process.setgid?.(gid)
    process.setuid?.(account.uid)
  } catch (error) {
    const why = reason(error)
    // Since CVE-2024-22017 Node.js refuses where it can't tell that nothing uses io_uring, as Debian 13's always does.
    if (why.includes('io_uring'))
      throw new FatalError(
        `Becoming ${account.name} failed, since this build of Node.js never lets root become another account. Start the daemon as that account (runuser -u ${account.name} -- kopano-presence serve, or User= in a systemd unit).`,
      )
    throw new FatalError(
      `Becoming ${account.name} failed: ${why}. Start the daemon as that account, or allow it to change (CAP_SETUID, CAP_SETGID).`,
    )
  }
  if (account.uid !== 0) verify(account, gid)
}

/** A daemon that only seems to have given up root is worse than one that does not start. */
function verify(account: Account, gid: number): void {
  const ids = [process.getuid?.(), process.geteuid?.()].every((id) => id === account.uid)
  const groups = [process.getgid?.(), process.getegid?.()].every((id) => id === gid)
  if (!ids || !groups || canReturn()) {
    throw new FatalError(`Becoming ${account.name} did not take root's rights away. Start the daemon as that account.`)
  }
}

function canReturn(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false
  }
}
