// The accounts and groups of the machine, from wherever it keeps them (files, LDAP): Node has no functions for it.
import { spawnSync } from 'node:child_process'

export interface Account {
  readonly name: string
  readonly uid: number
  /** Its primary group. */
  readonly gid: number
}

export interface Group {
  readonly name: string
  readonly gid: number
}

/** The account of a name or number; undefined when there is none. */
export function findAccount(name: string): Account | undefined {
  const [found, , uid, gid] = lookUp('passwd', name)
  return found === undefined ? undefined : { name: found, uid: Number(uid), gid: Number(gid) }
}

/** The group of a name or number; undefined when there is none. */
export function findGroup(name: string): Group | undefined {
  const [found, , gid] = lookUp('group', name)
  return found === undefined ? undefined : { name: found, gid: Number(gid) }
}

/** The fields of one entry, as in passwd(5) and group(5). */
function lookUp(database: 'passwd' | 'group', name: string): string[] {
  const { status, stdout, error } = spawnSync('getent', ['--', database, name], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return status === 0 ? (stdout.split('\n')[0] ?? '').split(':') : []
}
