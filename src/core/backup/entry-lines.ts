// One entry of a backup as a line of JSON, and back, with everything in it checked.
import { DEVICE_LIMIT } from '../devices.ts'
import { type DevicePresence, isStatus, MESSAGE_LIMIT, type SourcePresence, type Status } from '../presence.ts'
import type { CombinedMark, Entry } from '../store.ts'
import { userIdMistake } from '../user-id.ts'
import { BackupError } from './errors.ts'

export const SOURCE_NAME = /^[a-z_][a-z0-9_-]{0,63}$/

/** An entry as JSON; `lead` milliseconds make times of the wall clock of the daemon's. */
export function entryLine({ userId, source, presence, mark, version }: Entry, lead: number): string {
  return JSON.stringify({
    user_id: userId,
    source,
    ...(presence && { ...said(presence, lead), ...rest(presence, lead) }),
    ...(mark && { combined: { status: mark.status, since: mark.since + lead } }),
    version,
  })
}

interface Said {
  readonly status: Status
  readonly message: string
  readonly since: number
  readonly updated: number
  readonly expires?: number
}

function said({ status, message, since, updated, expires }: Said, lead: number) {
  const times = { since: since + lead, updated: updated + lead }
  return { status, message, ...times, ...(expires !== undefined && { expires: expires + lead }) }
}

function rest({ atExpiry, devices }: SourcePresence, lead: number) {
  return {
    ...(atExpiry !== undefined && { at_expiry: atExpiry }),
    ...(devices !== undefined && { sessions: devices.map((one) => ({ session: one.device, ...said(one, lead) })) }),
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The entry of such a line, whose times are then those of a clock that is `lead` behind the wall's. Throws BackupError. */
export function readEntry(fields: Fields, lead: number): Entry {
  const { user_id: userId, source, version, combined } = fields
  if (typeof userId !== 'string' || userIdMistake(userId) !== undefined) throw unfit('user_id')
  if (typeof source !== 'string' || !SOURCE_NAME.test(source)) throw unfit('source')
  const presence = fields.status === undefined ? undefined : readPresence(fields, lead)
  return {
    ...{ userId, source, version: finite(version, 'version') },
    ...(presence && { presence }),
    ...(combined !== undefined && { mark: readMark(combined, lead) }),
  }
}

function readPresence(fields: Fields, lead: number): SourcePresence {
  const { at_expiry: atExpiry, sessions } = fields
  if (atExpiry !== undefined && atExpiry !== 'unavailable' && atExpiry !== 'withdrawn') throw unfit('at_expiry')
  return {
    ...readSaid(fields, lead),
    ...(atExpiry !== undefined && { atExpiry }),
    ...(sessions !== undefined && { devices: readSessions(sessions, lead) }),
  }
}

function readSessions(sessions: unknown, lead: number): readonly DevicePresence[] {
  if (!Array.isArray(sessions) || sessions.length === 0 || sessions.length > DEVICE_LIMIT) throw unfit('sessions')
  return sessions.map((one: unknown) => {
    if (!isFields(one) || typeof one.session !== 'string') throw unfit('session')
    return { device: one.session, ...readSaid(one, lead) }
  })
}

function readSaid({ status, message, since, updated, expires }: Fields, lead: number): Said {
  if (!isStatus(status)) throw unfit('status')
  if (typeof message !== 'string' || !message.isWellFormed() || [...message].length > MESSAGE_LIMIT) {
    throw unfit('message')
  }
  return {
    ...{ status, message },
    ...{ since: finite(since, 'since') - lead, updated: finite(updated, 'updated') - lead },
    ...(expires !== undefined && { expires: finite(expires, 'expires') - lead }),
  }
}

function readMark(combined: unknown, lead: number): CombinedMark {
  if (!isFields(combined) || !isStatus(combined.status)) throw unfit('combined')
  return { status: combined.status, since: finite(combined.since, 'since') - lead }
}

/** Whether it is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws BackupError. */
export function finite(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unfit(name)
  return value
}

export function unfit(name: string): BackupError {
  return new BackupError(`its "${name}" is not what it should be`)
}
