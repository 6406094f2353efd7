// Whatever a source can say of a user, for properties of what is saved and moved.
import fc from 'fast-check'
import { STATUSES } from '../../src/core/presence.ts'

/** With times and messages of these. */
export function anyPresence(time: fc.Arbitrary<number>, message: fc.Arbitrary<string>) {
  const said = fc.record(
    {
      status: fc.constantFrom(...STATUSES),
      message,
      since: time,
      updated: time,
      expires: time,
    },
    { requiredKeys: ['status', 'message', 'since', 'updated'], noNullPrototype: true },
  )
  return fc
    .tuple(said, fc.constantFrom(undefined, 'unavailable', 'withdrawn'), fc.array(said, { maxLength: 3 }))
    .map(([words, atExpiry, devices]) => ({
      ...words,
      ...(atExpiry && { atExpiry }),
      ...(devices.length > 0 && { devices: devices.map((one, index) => ({ device: `${index}`, ...one })) }),
    }))
}

/** Of a user: how they are in all, and since when. */
export function anyMark(time: fc.Arbitrary<number>) {
  return fc.record({ status: fc.constantFrom(...STATUSES), since: time }, { noNullPrototype: true })
}
