// The kinds of values that only the daemon's own options have: paths, hosts, log levels, origins, proxies.
import { BlockList, isIP } from 'node:net'
import { LOG_LEVEL_NUMBERS } from '../core/log.ts'
import { list, type OptionSpec } from '../core/options.ts'

interface Common<Value> {
  readonly help: string
  readonly default: Value
  readonly example?: string
}

/** An option that an empty value switches off; an empty value of any other leaves the default. */
export interface Switchable<Value> extends OptionSpec<Value | undefined> {
  readonly blankIsNone: true
}

/** The same option, but an empty value means "none" (undefined). */
export function orNone<Value>(spec: OptionSpec<Value>): Switchable<Value> {
  return { ...spec, blankIsNone: true }
}

/** Whether an empty value of this option means "none". */
export function blankIsNone(spec: OptionSpec<unknown>): boolean {
  return 'blankIsNone' in spec
}

/** A name of an account or group, or its number. */
export function account(common: Common<string>): OptionSpec<string> {
  return {
    ...common,
    allowed: 'the name or number of an account',
    parse: (value) => (/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(value) ? value : undefined),
  }
}

/** What the kernel takes, its zero at the end left out (unix(7)). */
const SOCKET_PATH_LIMIT = 107

/** An IP address, a host name or a Unix socket to listen on. */
export function host(common: Common<string>): OptionSpec<string> {
  return {
    ...common,
    allowed: `an IP address, a host name, or unix: and an absolute path of at most ${SOCKET_PATH_LIMIT} bytes`,
    parse: (value) => (isIP(value) !== 0 || isHostName(value) || isSocket(value) ? value : undefined),
  }
}

function isSocket(value: string): boolean {
  const path = /^unix:(\/.*[^/])$/.exec(value)?.[1]
  return path !== undefined && !path.includes('\0') && Buffer.byteLength(path) <= SOCKET_PATH_LIMIT
}

/** Permissions, shown as they are written: in octal. */
export function octal(common: Common<number>): OptionSpec<number> {
  return {
    ...common,
    allowed: 'permissions in octal, as 0660',
    parse: (value) => (/^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : undefined),
    write: (value) => value.toString(8).padStart(4, '0'),
  }
}

function isHostName(value: string): boolean {
  // All digits and dots is a mistyped address, never a name.
  if (value.length > 253 || /^[\d.]*$/.test(value)) return false
  return value.split('.').every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
}

/** A log level as a number from 0 (nothing) to 6 (everything). */
export function logLevel(common: Common<number>): OptionSpec<number> {
  return {
    ...common,
    allowed: 'a whole number from 0 to 6, or one of none, critical, error, warning, notice, info, debug',
    parse: (value) => (/^[0-6]$/.test(value) ? Number(value) : LOG_LEVEL_NUMBERS.get(value.toLowerCase())),
  }
}

/** Origins of web pages (RFC 6454), as a browser writes them in the Origin header. */
export function origins(common: Common<readonly string[]>): OptionSpec<readonly string[]> {
  return listOf(common, 'origins such as https://chat.example.com, without a path, separated by spaces', (word) => {
    if (!URL.canParse(word)) return false
    const url = new URL(word)
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === word
  })
}

/** The address of a folder on the web; a slash at its end is added where it is missing. */
export function webAddress<Default extends string | undefined>(common: Common<Default>): OptionSpec<string | Default> {
  return {
    ...common,
    allowed: 'an address such as https://example.com/presence/board/, without "?" and "#"',
    parse(value) {
      if (!/^https?:\/\/[^?#]*$/i.test(value) || !URL.canParse(value)) return undefined
      const { href, username, password } = new URL(value)
      if (username !== '' || password !== '') return undefined
      return href.endsWith('/') ? href : `${href}/`
    },
  }
}

/** IP addresses and networks (RFC 4632). */
export function networks(common: Common<readonly string[]>): OptionSpec<readonly string[]> {
  return listOf(common, 'IP addresses, networks such as 10.1.0.0/16, or unix, separated by spaces', (word) => {
    if (word === 'unix') return true
    const [address = '', prefix, ...rest] = word.split('/')
    const version = isIP(address)
    if (version === 0 || rest.length > 0) return false
    return prefix === undefined || (/^\d{1,3}$/.test(prefix) && fits(address, Number(prefix), version))
  })
}

function fits(address: string, prefix: number, version: number): boolean {
  try {
    new BlockList().addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6')
    return true
  } catch {
    return false
  }
}

function listOf(
  common: Common<readonly string[]>,
  allowed: string,
  isAllowed: (word: string) => boolean,
): OptionSpec<readonly string[]> {
  const words = list(common)
  return {
    ...words,
    allowed,
    parse(value) {
      const parsed = words.parse(value)
      return parsed?.every(isAllowed) === true ? parsed : undefined
    },
  }
}
