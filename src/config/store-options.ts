// The options that say where presence is kept, and what has to fit together among them.
import { reason } from '../core/errors.ts'
import { choice, integer, type OptionSpec, path, secret, text, yesNo } from '../core/options.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { parseAddress, type RedisAddress } from '../core/redis-address.ts'
import { unreadable } from './config-file.ts'
import { type Mistake, where } from './mistakes.ts'
import type { SettingsByName } from './read-options.ts'

/** In the order of the sample file. */
export const STORE_OPTIONS = {
  store: choice({
    help: 'Where presence is kept: embedded (a database under data_path, for one daemon), or redis (for several daemons that are one service; all need the same redis_url, redis_prefix, server_secret_key and plugins).',
    words: ['embedded', 'redis'],
    default: 'embedded',
  }),
  store_sync: yesNo({
    help: 'Whether an update is flushed to the disk before it is answered. With "no" a power cut may lose the last seconds; a crash of the daemon loses nothing either way. With store = redis it is Redis that flushes (appendfsync).',
    default: true,
  }),
  redis_url: {
    ...text<string | undefined>({
      help: 'Which Redis (6.2 or later): redis://USER@HOST:PORT/DB, rediss:// for TLS, unix:///PATH?db=DB for a socket, redis+sentinel://HOST:PORT,HOST:PORT/NAME for the set that Sentinels watch, redis+cluster://HOST:PORT,HOST:PORT (rediss+... for TLS).',
      default: undefined,
      example: 'redis://presence@redis.example.com:6379/0',
    }),
    ...{ secret: true, filed: 'never' },
  },
  redis_password: secret({
    help: 'The password for Redis. SIGHUP takes over a new one for the next connections.',
    default: undefined,
  }),
  redis_ca_file: path<string | undefined>({
    help: "Certificates (PEM) of the authorities that are trusted for Redis, instead of the machine's.",
    default: undefined,
    example: '/etc/kopano/ssl/redis-ca.pem',
  }),
  redis_prefix: name({
    help: 'What all keys in Redis begin with, so that several services may share one Redis.',
    default: 'presence',
  }),
  redis_wait_replicas: integer({
    help: 'How many replicas of Redis must have an update before it is answered; 0 asks none. While fewer have it within a second, updates are answered with 503.',
    default: 0,
    min: 0,
    max: 16,
  }),
  node_name: {
    ...name<string | undefined>({
      help: 'What this daemon is called beside the others of the same service, in /v1/sources and in their logs. Default: the name of the machine.',
      default: undefined,
      example: 'presence-1',
    }),
  },
} satisfies Readonly<Record<string, OptionSpec<unknown>>>

/** Letters, digits and what is harmless in a key of Redis: the braces there are the store's own. */
function name<Default extends string | undefined>(common: {
  readonly help: string
  readonly default: Default
  readonly example?: string
}): OptionSpec<string | Default> {
  return {
    ...common,
    allowed: 'at most 64 letters, digits, dots, colons, hyphens and underscores',
    parse: (value) => (/^[A-Za-z0-9_.:-]{1,64}$/.test(value) ? value : undefined),
  }
}

/** What is needed of the daemon's options. */
export interface StoreSettings {
  readonly store: 'embedded' | 'redis'
  readonly redis_url: string | undefined
  readonly redis_password: string | undefined
  readonly redis_ca_file: string | undefined
  readonly server_secret_key: string | undefined
}

interface Source {
  readonly file: string
  readonly settings: SettingsByName
  /** Secrets that stand elsewhere and were not read: they may be there. */
  readonly unread: ReadonlySet<string>
}

export interface StoreFindings {
  readonly mistakes: readonly Mistake[]
  readonly notes: readonly string[]
}

/** What doesn't fit together; `redis_ca_file` is looked at, and no network is touched. */
export async function checkStoreOptions(options: StoreSettings, source: Source): Promise<StoreFindings> {
  const { file, settings, unread } = source
  const place = (option: string) => {
    const line = settings.get(option)?.line
    return line === undefined ? { file } : { file, line }
  }
  if (options.store === 'embedded') {
    const idle = Object.keys(STORE_OPTIONS).filter((option) => option.startsWith('redis_') && settings.has(option))
    const notes = idle.map((option) => `${where(place(option))}: ${option} has no effect, because store is embedded`)
    return { mistakes: [], notes }
  }
  const mistakes: Mistake[] = []
  const notes: string[] = []
  const wrong = (option: string, text: string): void => {
    mistakes.push({ ...place(option), option, text })
  }
  if (options.redis_url === undefined) wrong('store', 'is redis, but redis_url does not say where Redis is; set it')
  if (options.server_secret_key === undefined && !unread.has('server_secret_key')) {
    wrong(
      'store',
      'is redis, where every node needs the same secret; set server_secret_key (or server_secret_key_file, or the credential of systemd) to the same on all',
    )
  }
  const address = understood(options.redis_url, (text) => wrong('redis_url', text))
  if (address?.password !== undefined && (options.redis_password !== undefined || unread.has('redis_password'))) {
    wrong('redis_url', 'has a password, and there is redis_password as well; keep one of them')
  }
  const { redis_ca_file: caFile } = options
  if (caFile !== undefined && address?.tls === false) {
    notes.push(
      `${where(place('redis_ca_file'))}: redis_ca_file has no effect without TLS; let redis_url begin with rediss`,
    )
  } else if (caFile !== undefined) {
    const text = await certificateMistake(caFile)
    if (text !== undefined) mistakes.push({ ...place('redis_ca_file'), option: 'redis_ca_file', value: caFile, text })
  }
  return { mistakes, notes }
}

function understood(url: string | undefined, wrong: (text: string) => void): RedisAddress | undefined {
  try {
    return url === undefined ? undefined : parseAddress(url)
  } catch (error) {
    wrong(reason(error).replace(/^redis_url /, ''))
    return undefined
  }
}

async function certificateMistake(file: string): Promise<string | undefined> {
  try {
    const { content } = await readPlainFile(file)
    if (content.includes('-----BEGIN CERTIFICATE-----')) return undefined
    return 'holds no certificate; it must be in PEM form ("-----BEGIN CERTIFICATE-----")'
  } catch (error) {
    return unreadable(error)
  }
}
