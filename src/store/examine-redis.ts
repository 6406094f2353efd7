// What the doctor says of Redis: its version, what it keeps of presence, its clock. Asks only, and writes nothing.
import { reason } from '../core/errors.ts'
import { someOf, type Tell } from '../core/finding.ts'
import { parseAddress } from '../core/redis-address.ts'
import { Connection, type ConnectionOptions, placeName } from './redis/connection.ts'
import { discover } from './redis/discovery.ts'
import { inWords } from './redis/faults.ts'
import { factsOf } from './redis/greeting.ts'
import { FORMAT, Layout } from './redis/layout.ts'
import { listOf } from './redis/news.ts'
import type { RedisOptions } from './redis/options.ts'
import { settingOf } from './redis/settings.ts'

const OLDEST = [6, 2] as const
/** Redis has so long for each answer, in milliseconds. */
const TIMEOUT = 3_000
/** A difference between the clocks below this is none, in milliseconds. */
const SKEW = 2_000

export type RedisToExamine = Pick<RedisOptions, 'url' | 'password' | 'caFile' | 'prefix' | 'waitReplicas'>

/** `now` is the wall clock of this machine. */
export async function examineRedis(options: RedisToExamine, now: () => number, tell: Tell): Promise<void> {
  const address = parseAddress(options.url)
  const credentials = () => ({ username: address.username, password: options.password?.() ?? address.password })
  const connection: ConnectionOptions = {
    ...{ tls: address.tls, caFile: options.caFile, database: address.database, timeout: TIMEOUT, credentials },
  }
  const layout = new Layout(options.prefix)
  try {
    const masters = await discover(address, connection, layout, 1)
    for (const { place } of masters) {
      const server = await Connection.open(place, connection)
      try {
        await new Examination(server, placeName(place), tell).run(options, now, layout)
      } finally {
        server.close()
      }
    }
  } catch (error) {
    tell({ level: 'error', text: `Redis at ${address.shown}: ${inWords(error)}`, option: 'redis_url' })
  }
}

class Examination {
  readonly #server: Connection
  readonly #name: string
  readonly #tell: Tell

  constructor(server: Connection, name: string, tell: Tell) {
    this.#server = server
    this.#name = name
    this.#tell = tell
  }

  async run(options: RedisToExamine, now: () => number, layout: Layout): Promise<void> {
    const facts = factsOf(String(await this.#server.send(['INFO'])))
    const version = facts.get('redis_version') ?? '0'
    const [major = 0, minor = 0] = version.split('.').map(Number)
    const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
    if (isOld) this.#wrong(`is version ${version}, and ${OLDEST.join('.')} or later is needed; upgrade it`)
    else this.#tell({ level: 'ok', text: `Redis ${version} at ${this.#name} answers` })
    if (facts.get('role') !== 'master') {
      this.#wrong('is a replica, which takes no changes; name the master, or use the form for Sentinels')
    }
    const wanted = options.waitReplicas ?? 0
    const replicas = Number(facts.get('connected_slaves') ?? 0)
    if (replicas < wanted) {
      this.#wrong(`has ${replicas} replicas, and publications wait for ${wanted}: they get 503`, 'redis_wait_replicas')
    }
    await this.#settings()
    await this.#clock(now)
    const format = Number(String((await this.#ask(['HGET', layout.of(0).meta, 'format'])) ?? FORMAT))
    if (format > FORMAT) {
      this.#wrong(`has presence in format ${format}, of a newer version than this one`, 'redis_prefix')
    }
  }

  async #settings(): Promise<void> {
    const setting = (name: string) => settingOf(name, (command) => this.#ask(command))
    const policy = await setting('maxmemory-policy')
    if (policy === undefined) {
      this.#warn('does not let this user ask for its settings (CONFIG GET), so they were not looked at')
      return
    }
    if (policy !== 'noeviction') {
      this.#warn(
        `has maxmemory-policy ${policy}, so it may drop presence when its memory is full; set it to noeviction in redis.conf`,
      )
    }
    const [appendonly, save, fsync] = [await setting('appendonly'), await setting('save'), await setting('appendfsync')]
    if (appendonly === 'yes') {
      if (fsync === 'no')
        this.#warn('flushes when the system likes (appendfsync no); set it to everysec or always in redis.conf')
    } else if (save === '')
      this.#warn('keeps nothing on its disk, so its end takes all presence with it; set appendonly yes in redis.conf')
    else
      this.#warn(
        `saves only now and then (save ${someOf([save ?? ''])}), so its end takes minutes with it; set appendonly yes in redis.conf`,
      )
  }

  async #clock(now: () => number): Promise<void> {
    const [seconds = 0, microseconds = 0] = listOf(await this.#ask(['TIME'])).map((part) => Number(String(part)))
    const skew = seconds * 1_000 + microseconds / 1_000 - now()
    if (Math.abs(skew) < SKEW || seconds === 0) return
    const direction = skew > 0 ? 'ahead of' : 'behind'
    this.#warn(
      `has a clock that is ${Math.round(Math.abs(skew) / 1_000)} s ${direction} this machine's; set both by NTP`,
    )
  }

  async #ask(command: readonly string[]): Promise<unknown> {
    try {
      return await this.#server.send(command)
    } catch (error) {
      // What this user may not ask is no fault by itself.
      if (/NOPERM|NOAUTH|unknown command/i.test(reason(error))) return undefined
      throw error
    }
  }

  #warn(text: string): void {
    this.#tell({ level: 'warning', text: `Redis at ${this.#name} ${text}` })
  }

  #wrong(text: string, option = 'redis_url'): void {
    this.#tell({ level: 'error', text: `Redis at ${this.#name} ${text}`, option })
  }
}
