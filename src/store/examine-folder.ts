// What the doctor says of the embedded store, without opening it: whether its folder can be used, has room and is in order.
import { constants, type Stats } from 'node:fs'
import { access, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Tell } from '../core/finding.ts'
import { withRemedy } from './data-folder.ts'
import { isHeld } from './holder.ts'
import { damage } from './lmdb-pages.ts'

const MIB = 1024 * 1024
/** With less room than this nothing can be saved soon, and with less than that it is time to look after it. */
const NO_ROOM = 16 * MIB
const LITTLE_ROOM = 256 * MIB

/** Whoever the daemon runs as; undefined: as whoever runs this. */
export interface Owner {
  readonly name: string
  readonly uid: number
}

/** Changes nothing, and disturbs no daemon that has it open. */
export async function examineFolder(folder: string, owner: Owner | undefined, tell: Tell): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => error)
  if (isMissing(found)) return onMissing(folder, tell)
  if (!isStats(found)) return wrong(tell, `${folder} can't be looked at: ${withRemedy(found)}`)
  if (!found.isDirectory()) return wrong(tell, `${folder} is no folder; name one`)
  const file = join(folder, 'presence.mdb')
  for (const path of [folder, file]) {
    const mistake = await unusable(path, owner)
    if (mistake !== undefined) return wrong(tell, mistake)
  }
  await onRoom(folder, tell)
  const size = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  )
  // While it is written to, its pages need not fit together when they are read one after the other.
  const inUse = isHeld(await readFile(join(folder, 'presence.holder'), 'utf8').catch(() => ''))
  if (size > 0 && !(await inUse)) {
    const mistake = await damage(file).catch((error: unknown) => `can't be read: ${withRemedy(error)}`)
    if (mistake !== undefined) {
      return wrong(tell, `the database ${file} ${mistake}; move it away, start the daemon and restore a backup`)
    }
  }
  const state = (await inUse) ? 'in use by a daemon' : 'used by nobody now'
  tell({ level: 'ok', text: `${folder} can be written, and is ${state}${size === 0 ? '; nothing is saved yet' : ''}` })
}

async function onMissing(folder: string, tell: Tell): Promise<void> {
  const parent = await stat(dirname(folder)).catch(() => undefined)
  const text = `${folder} is not there yet; the daemon makes it at its start`
  if (parent !== undefined) tell({ level: 'ok', text })
  else
    tell({
      level: 'warning',
      text: `${text}, and the folder above it as well: is that the right path?`,
      option: 'data_path',
    })
}

async function onRoom(folder: string, tell: Tell): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const room = bavail * bsize
  const text = `there are ${Math.floor(room / MIB)} MiB left on the disk of ${folder}; make room, or publications get 503`
  if (room < NO_ROOM) tell({ level: 'error', text, option: 'data_path' })
  else if (room < LITTLE_ROOM) tell({ level: 'warning', text, option: 'data_path' })
}

/** Why the daemon could not write there. */
async function unusable(path: string, owner: Owner | undefined): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  if (owner === undefined) {
    return access(path, constants.R_OK | constants.W_OK).then(
      () => undefined,
      (error: unknown) =>
        `this account can't write ${path}; if the daemon runs as another one, run the doctor as that or as root, else ${withRemedy(error)}`,
    )
  }
  // What belongs to root is given to the account at the start.
  if (found.uid === 0 || found.uid === owner.uid || (found.mode & 0o002) !== 0) return undefined
  return `${path} belongs to the account ${found.uid}, and not to ${owner.name}, as whom the daemon runs; chown -R ${owner.name} ${path}`
}

function wrong(tell: Tell, text: string): void {
  tell({ level: 'error', text, option: 'data_path' })
}

function isStats(value: unknown): value is Stats {
  return typeof value === 'object' && value !== null && 'mode' in value
}

function isMissing(value: unknown): boolean {
  return value instanceof Error && 'code' in value && value.code === 'ENOENT'
}
