// The proxies whose X-Forwarded-For is believed: addresses, networks, and those that come through the Unix socket.
import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../core/errors.ts'

/** What stands for every peer that comes through the Unix socket: it has no address. */
const UNIX = 'unix'

/** Whether a peer is one of them; one that comes through the Unix socket has no address. */
export type ProxyTrust = (address: string | undefined) => boolean

/** Throws ConfigError when a word is no address. */
export function proxyTrust(words: readonly string[]): ProxyTrust {
  const list = new BlockList()
  for (const word of words) if (word !== UNIX) add(list, word)
  const unix = words.includes(UNIX)
  return (address) => {
    if (address === undefined || address === '') return unix
    const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '')
    return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}

function add(list: BlockList, word: string): void {
  const [address = '', prefix, ...rest] = word.split('/')
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const length = Number(prefix ?? bits)
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? '0') || length > bits) {
    throw new ConfigError(
      `server_trusted_proxies: "${word}" must be an address or a network, as 10.0.0.1 or 10.0.0.0/8, or ${UNIX}`,
    )
  }
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
}
