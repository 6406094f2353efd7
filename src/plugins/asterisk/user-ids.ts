// Which user an extension or a device is: the lines of the administrator first, then the extension itself (pure).
import { foldUserId, userIdMistake } from '../../core/user-id.ts'
import { deviceKey, type Hint } from './hints.ts'

export interface UserIdRules {
  /** `asterisk_user_map`: `110=ada@example.com`, `PJSIP/eva=eva@example.com`. */
  readonly userMap: readonly string[]
  /** Behind the extensions that no line names; without it the extension alone is the user id. */
  readonly domain: string | undefined
  /** The lines of `user_map_file`. */
  mapUser(id: string): string | undefined
  mappedIds(): readonly string[]
}

export interface UserMapEntry {
  readonly id: string
  readonly userId: string
}

/** The parts of a word `ID=USER`; undefined when it is none. */
export function readUserMapEntry(word: string): UserMapEntry | undefined {
  const equals = word.indexOf('=')
  const [id, userId] = [word.slice(0, equals), word.slice(equals + 1)]
  if (equals <= 0 || userIdMistake(id) !== undefined || userIdMistake(userId) !== undefined) return undefined
  return { id, userId }
}

/** Under what an id is looked up: without regard to case, as in `user_map_file`. */
export function mapKey(id: string): string {
  return foldUserId(deviceKey(id))
}

/** Who a hint is for: a user, nobody in particular, and whether it was the extension alone that said so. */
export interface Owner {
  readonly userId: string | undefined
  readonly mapped: boolean
}

export class UserIds {
  readonly #map: ReadonlyMap<string, string>
  readonly #rules: UserIdRules

  constructor(rules: UserIdRules) {
    this.#rules = rules
    const entries = rules.userMap.flatMap((word) => readUserMapEntry(word) ?? [])
    this.#map = new Map(entries.map(({ id, userId }) => [mapKey(id), foldUserId(userId)]))
  }

  /** Every extension and device that has a line. */
  get all(): readonly string[] {
    const own = this.#rules.userMap.flatMap((word) => readUserMapEntry(word)?.id ?? [])
    return [...own, ...this.#rules.mappedIds()]
  }

  /** The folded id of the user whom a line names for this extension or device. */
  mapped(id: string): string | undefined {
    const userId = this.#map.get(mapKey(id)) ?? this.#rules.mapUser(id)
    return userId === undefined ? undefined : foldUserId(userId)
  }

  /**
   * Whose the hint is. The lines of one of its devices name its user too, unless they name several: then each device speaks
   * for its own user, and the hint (of a group of phones) is nobody's.
   */
  ownerOf({ exten, devices }: Hint): Owner {
    const byExtension = this.mapped(exten)
    if (byExtension !== undefined) return { userId: byExtension, mapped: true }
    const users = new Set(devices.flatMap((device) => this.mapped(device) ?? []))
    if (users.size > 0) return { userId: users.size === 1 ? [...users][0] : undefined, mapped: true }
    const { domain } = this.#rules
    const derived = foldUserId(domain === undefined ? exten : `${exten}@${domain}`)
    return { userId: userIdMistake(derived) === undefined ? derived : undefined, mapped: false }
  }
}
