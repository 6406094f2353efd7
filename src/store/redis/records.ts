// The records as they lie in Redis.
import { reason } from '../../core/errors.ts'
import { NEWS } from './layout.ts'
import { listOf } from './news.ts'
import type { Poison } from './poison.ts'

/** From the answer to HGETALL: keys and values by turns. */
export function readRecords(answer: unknown, poison: Poison): ReadonlyMap<string, unknown> {
  const fields = listOf(answer)
  const records = new Map<string, unknown>()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key, value] = [fields[at], fields[at + 1]]
    if (!Buffer.isBuffer(key)) continue
    try {
      if (key[0] !== NEWS.record) throw new TypeError('a key is of another kind')
      records.set(key.toString('utf8', 1), JSON.parse(String(value)))
    } catch (error) {
      poison.found('the records', key, reason(error))
    }
  }
  return records
}
