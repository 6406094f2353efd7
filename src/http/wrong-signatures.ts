// Counts wrong signatures per address, and says when an address has shown too many.
import { isIP } from 'node:net'
import type { Clock } from '../core/clock.ts'

/** So many wrong signatures at once are borne; after that one more in every `RECOVERY` milliseconds. */
const LIMIT = 30
const RECOVERY = 2_000

/** How many addresses are remembered; the one that was quiet longest is forgotten first. */
const ADDRESS_LIMIT = 10_000

interface Record {
  readonly level: number
  readonly at: number
}

/** A leaking bucket for each address: it fills by one with each wrong signature and leaks with time. */
export class WrongSignatures {
  readonly #clock: Clock
  readonly #records = new Map<string, Record>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts a wrong signature. Returns how long the address should wait, in whole seconds, once it has shown too many; undefined
   * while it is bearable. An address that can't be told apart from others (loopback, none at all) is never counted.
   */
  count(address: string | undefined): number | undefined {
    const key = countedAs(address)
    if (key === undefined) return undefined
    const now = this.#clock.now()
    const record = this.#records.get(key)
    const leaked = record === undefined ? 0 : Math.max(0, record.level - (now - record.at) / RECOVERY)
    const over = leaked + 1 - LIMIT
    // What is refused does not count, so that going on guessing makes the wait no longer.
    const level = over > 0 ? leaked : leaked + 1
    // Anew at the end, so that the first one is always the one that was quiet longest.
    this.#records.delete(key)
    this.#records.set(key, { level, at: now })
    if (this.#records.size > ADDRESS_LIMIT) {
      for (const oldest of this.#records.keys()) {
        this.#records.delete(oldest)
        break
      }
    }
    return over > 0 ? Math.ceil((over * RECOVERY) / 1000) : undefined
  }

  get size(): number {
    return this.#records.size
  }
}

/** What an address is counted under: itself; of IPv6 its /64, since one host has all of those. */
function countedAs(address: string | undefined): string | undefined {
  const plain = (address ?? '').replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain
  switch (isIP(mapped)) {
    case 4:
      return mapped.startsWith('127.') ? undefined : mapped
    case 6: {
      const groups = ipv6Groups(mapped)
      const isLoopback = groups.slice(0, -1).every((group) => group === 0) && groups.at(-1) === 1
      return isLoopback ? undefined : groups.slice(0, 4).join(':')
    }
    default:
      return undefined
  }
}

/** The eight numbers of an IPv6 address (RFC 4291, section 2.2); a dotted end counts as two zeros, it is never in a /64. */
function ipv6Groups(address: string): number[] {
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const front = read(head)
  const back = read(tail ?? '')
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}
