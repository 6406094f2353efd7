// What the devices of an entry say, as bytes within its value.
import { type DevicePresence, isStatus } from '../core/presence.ts'

/** The bytes: JSON, so that it can be read by eye in a database that somebody must mend. */
export function encodeDevices(devices: readonly DevicePresence[]): Buffer {
  const rows = devices.map(({ device, status, message, since, updated, expires }) => {
    return [device, status, message, since, updated, expires ?? null]
  })
  return Buffer.from(JSON.stringify(rows))
}

/** Reads what `encodeDevices` has made. Throws when it can't be that. */
export function decodeDevices(bytes: Buffer): readonly DevicePresence[] {
  const rows: unknown = JSON.parse(bytes.toString('utf8'))
  if (!Array.isArray(rows) || rows.length === 0) throw new TypeError('the devices of an entry are no list')
  return rows.map(decodeDevice)
}

function decodeDevice(row: unknown): DevicePresence {
  if (!Array.isArray(row)) throw new TypeError('a device of an entry is no list')
  const [device, status, message, since, updated, expires]: readonly unknown[] = row
  const isWord = typeof device === 'string' && isStatus(status) && typeof message === 'string'
  if (!isWord || typeof since !== 'number' || typeof updated !== 'number') {
    throw new TypeError('a device of an entry lacks something')
  }
  return { device, status, message, since, updated, ...(typeof expires === 'number' && { expires }) }
}
