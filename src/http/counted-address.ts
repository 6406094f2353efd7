// Addresses of clients, as they are counted: which of them are one host, and which can't be told apart.
import { isIP } from 'node:net'

/**
 * What an address is counted under: itself; of IPv6 its /64, since one host has all of those. Undefined for one that stands for many
 * (loopback, none at all).
 */
export function countedAs(address: string | undefined): string | undefined {
  const mapped = plainAddress(address ?? '')
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

/** Without the zone, and an IPv4 address out of its IPv6 clothes. */
function plainAddress(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain
}

/** The eight numbers of an IPv6 address (RFC 4291, section 2.2); a dotted end counts as two zeros, it is never in a /64. */
function ipv6Groups(address: string): number[] {
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const front = read(head)
  const back = read(tail ?? '')
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}
