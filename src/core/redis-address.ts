// redis_url, which both the configuration and the store read: which Redis, in which form, as whom. Says nothing secret aloud.
import { ConfigError } from './errors.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Where Redis is: at one address, behind Sentinels, or a Cluster. */
export type Site =
  | { readonly kind: 'single'; readonly at: Endpoint | { readonly path: string } }
  | { readonly kind: 'sentinel'; readonly at: readonly Endpoint[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly at: readonly Endpoint[] }

export interface RedisAddress {
  readonly site: Site
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  /** The address without its password, for logs and errors. */
  readonly shown: string
}

const FORMS =
  'it is redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS, unix:///PATH[?db=DB], ' +
  'redis+sentinel://HOST[:PORT],HOST[:PORT]/NAME[/DB] or redis+cluster://HOST[:PORT],HOST[:PORT]'

const PORTS = { redis: 6379, sentinel: 26_379 }

/** Reads the address. Throws ConfigError, without the password in it. */
export function parseAddress(url: string): RedisAddress {
  const parts = /^([a-z+]+):\/\/(?:([^@/]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i.exec(url)
  if (parts === null) throw wrong('has a form that is not known')
  const [, scheme = '', login, hosts = '', path = '', query] = parts
  const secret = { username: undefined, password: undefined, ...(login !== undefined && loginOf(login)) }
  const kind = scheme.replace(/^rediss/, 'redis')
  const isTls = scheme.startsWith('rediss')
  const shown = `${scheme}://${secret.username === undefined ? '' : `${secret.username}@`}${hosts}${path}`
  const common = { tls: isTls, ...secret, shown }
  if (kind === 'unix' || kind === 'redis+unix') {
    if (hosts !== '' || path.length < 2) throw wrong('names no socket: it needs three slashes and a path')
    const database = databaseOf(new URLSearchParams(query ?? '').get('db') ?? '')
    return { ...common, site: { kind: 'single', at: { path: decoded(path) } }, database }
  }
  if (query !== undefined) throw wrong('has a part behind a question mark')
  const [first = '', second, ...more] = path.slice(1).split('/')
  if (kind === 'redis') {
    const at = endpointsOf(hosts === '' ? 'localhost' : hosts, PORTS.redis)
    const [only] = at
    if (only === undefined || at.length > 1 || second !== undefined) throw wrong('has more than one address or path')
    return { ...common, site: { kind: 'single', at: only }, database: databaseOf(first) }
  }
  if (kind === 'redis+sentinel') {
    if (first === '' || more.length > 0)
      throw wrong('does not name the set that the Sentinels watch, as in redis+sentinel://HOST/mymaster')
    return {
      ...common,
      site: { kind: 'sentinel', at: endpointsOf(hosts, PORTS.sentinel), name: decoded(first) },
      database: databaseOf(second ?? ''),
    }
  }
  if (kind === 'redis+cluster') {
    if (first !== '') throw wrong('names a database, but a Cluster has only one')
    return { ...common, site: { kind: 'cluster', at: endpointsOf(hosts, PORTS.redis) }, database: 0 }
  }
  throw wrong('begins with a scheme that is not known')
}

function wrong(what: string): ConfigError {
  return new ConfigError(`redis_url ${what}; ${FORMS}`)
}

function loginOf(login: string): { username: string | undefined; password: string | undefined } {
  const split = login.indexOf(':')
  const username = decoded(split < 0 ? login : login.slice(0, split))
  const password = split < 0 ? undefined : decoded(login.slice(split + 1))
  return { username: username === '' ? undefined : username, password: password === '' ? undefined : password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('has a % that is no escape; write %25 for it')
  }
}

function databaseOf(text: string): number {
  if (!/^\d{0,5}$/.test(text)) throw wrong('has a database that is no number')
  return Number(text)
}

function endpointsOf(hosts: string, defaultPort: number): readonly Endpoint[] {
  return hosts.split(',').map((text) => {
    const found = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text)
    const port = Number(found?.[3] ?? defaultPort)
    const host = found?.[1] ?? found?.[2]
    if (host === undefined || port < 1 || port > 65_535) throw wrong('has an address that is no HOST or HOST:PORT')
    return { host, port }
  })
}
