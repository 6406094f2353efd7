// The ids of events: where a watcher stands, as text that any node reads again.
import type { Position } from '../core/position.ts'

/**
 * The epoch of the store and the version reached: `EPOCH-7`, or with several shards that of each: `EPOCH:7.9.4`. A client that was shown something
 * newer than all that it was told is so much ahead: `EPOCH:7.9+3.4`.
 */
export function eventId({ epoch, told, seen }: Position): string {
  if (told.length === 1 && seen === undefined) return `${epoch}-${told[0]}`
  const places = told.map((version, shard) => {
    const ahead = (seen?.[shard] ?? 0) - version
    return ahead > 0 ? `${version}+${ahead}` : String(version)
  })
  return `${epoch}${places.length === 1 ? '-' : ':'}${places.join('.')}`
}

const ID = /^([\w-]{1,64})(?:-(?=[^.]*$)|:(?=.*\.))(\d{1,15}(?:\+\d{1,15})?(?:\.\d{1,15}(?:\+\d{1,15})?){0,1023})$/

/** The position that an id tells; undefined when it is none of ours. */
export function positionOf(id: string | undefined): Position | undefined {
  const [, epoch, places] = ID.exec(id ?? '') ?? []
  if (epoch === undefined || places === undefined) return undefined
  const pairs = places.split('.').map((place) => place.split('+').map(Number))
  const told = pairs.map(([version = 0]) => version)
  const seen = pairs.map(([version = 0, ahead = 0]) => version + ahead)
  return { epoch, told, ...(places.includes('+') && { seen }) }
}
