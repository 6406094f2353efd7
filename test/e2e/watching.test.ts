// Many changes, many watchers, and everything that goes wrong with both: in the end all know the truth, and none was told the past.
import assert from 'node:assert/strict'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { PresenceClient, type WatchChoice } from '../../src/client/index.ts'
import { startChild } from '../support/children.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { type VersionDocument, VersionWatcher } from '../support/version-watcher.ts'

const USERS = 2_000
const CHANGES = 10_000
const WORKERS = 24
const STATUSES = ['available', 'busy', 'away', 'unavailable'] as const
/** Of each kind; 50 altogether. */
const CLIENTS = 20
const READERS = 20
const IN_CHILD = 10
const DOMAIN = 'a.example'
const CHILD = join(import.meta.dirname, '../support/watching-child.ts')
/** Milliseconds. */
const PATIENCE = 60_000

interface Stoppable {
  readonly watcher: VersionWatcher
  /** Reads no more, but stays connected. */
  stop(): void
  goOn(): void
  /** Loses its connection. */
  cut(): void
  /** Whose users it watches. */
  wants(userId: string): boolean
}

test('2,000 users change 10,000 times before 50 watchers, some of them stopped or cut, and the daemon is killed twice', async (t) => {
  const seed = Number(process.env.SEED ?? 4711)
  t.diagnostic(`SEED=${seed}`)
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const config = { plugins: 'spreed', spreed_auto_unavailable: 60, server_port: await freePort() }
  const daemon = await startDaemon({ config })
  t.after(() => daemon.stop())
  const users = Array.from({ length: USERS }, (_, index) => `user${index}@${'abc'[index % 3]}.example`)

  const choices: readonly WatchChoice[] = [undefined, { domain: DOMAIN }, users.filter((_, index) => index % 7 === 0)]
  const watchers: Stoppable[] = [
    ...Array.from({ length: CLIENTS }, (_, index) => new Client(t, daemon, choices[index % choices.length])),
    ...Array.from({ length: READERS }, (_, index) => new Reader(t, daemon, index % 2 === 0 ? '' : `?domain=${DOMAIN}`)),
  ]
  const arguments_ = [daemon.url, daemon.token(), String(IN_CHILD), DOMAIN]
  const child = await startChild(process.execPath, ['--import', 'tsx', CHILD, ...arguments_])
  t.after(() => {
    child.signal('SIGCONT')
    return child.end()
  })
  for (let number = 0; number < IN_CHILD; number += 1)
    await child.waitForLine(new RegExp(`^watcher ${number} is ready`))

  // What goes wrong, by how many changes were acknowledged before.
  const plan = new Map<number, () => unknown>()
  const at = (change: number, action: () => unknown): void => {
    const earlier = plan.get(change)
    plan.set(change, () => [earlier?.(), action()])
  }
  for (let change = 100; change < CHANGES - 2_000; change += 100) {
    const one = pick(watchers)
    if (random() < 0.5) at(change, () => one.cut())
    else {
      at(change, () => one.stop())
      at(change + 1 + Math.floor(random() * 2_000), () => one.goOn())
    }
  }
  for (const change of [1_500, 5_000]) {
    at(change, () => child.signal('SIGSTOP'))
    at(change + 2_500, () => child.signal('SIGCONT'))
  }
  const acknowledged = new Map<string, number>()
  let restarting = Promise.resolve()
  for (const change of [3_000, 7_000])
    at(change, () => (restarting = restarting.then(() => restart(daemon, acknowledged))))

  const versions = new Map<string, number>()
  const changes = Array.from({ length: CHANGES }, () => {
    const index = Math.floor(random() * USERS)
    const user = users[index] ?? ''
    const version = (versions.get(user) ?? 0) + 1
    versions.set(user, version)
    return { index, user, version, status: pick(STATUSES) }
  })
  let count = 0
  const begin = performance.now()
  const worker = async (number: number): Promise<void> => {
    // Always the same one for a user, whose changes stay in order so.
    for (const { user, version, status } of changes.filter(({ index }) => index % WORKERS === number)) {
      while (!(await published(daemon, user, version, status))) await wait(20)
      acknowledged.set(user, version)
      count += 1
      plan.get(count)?.()
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(number)))
  await restarting
  t.diagnostic(`${CHANGES} changes took ${Math.round(performance.now() - begin)} ms`)
  for (const one of watchers) one.goOn()
  child.signal('SIGCONT')

  const truth = await everybody(daemon)
  for (const [user, version] of versions) assert.equal(truth.known.get(user)?.split(' ')[0], String(version), user)
  for (const one of watchers) {
    const expected = limited(truth, (user) => one.wants(user))
    const knows = async () => differences(one.watcher, expected)
    assert.deepEqual(await daemon.until(knows, (found) => found.length === 0, PATIENCE), [])
    assert.deepEqual(one.watcher.mistakes, [])
  }
  const ofDomain = limited(truth, (user) => user.endsWith(`@${DOMAIN}`)).digest()
  for (let number = 0; number < IN_CHILD; number += 1) {
    const digest = number % 2 === 0 ? truth.digest() : ofDomain
    await child.waitForLine(new RegExp(`^watcher ${number} knows ${digest}$`), { timeout: PATIENCE })
  }
  assert.deepEqual(
    child.lines.filter((line) => line.includes('went back')),
    [],
  )
  const told = watchers.reduce((sum, { watcher }) => sum + watcher.events, 0)
  t.diagnostic(
    `${watchers.length} watchers were told ${told} times; all was over after ${Math.round(performance.now() - begin)} ms`,
  )
})

/** What somebody knows who watches only some users. */
function limited({ known }: VersionWatcher, wants: (user: string) => boolean): VersionWatcher {
  const some = new VersionWatcher()
  for (const [user, state] of known) if (wants(user)) some.known.set(user, state)
  return some
}

/** Whether it was acknowledged; also whoever got no answer may have been heard. */
async function published(daemon: Daemon, user: string, version: number, status: string): Promise<boolean> {
  try {
    await daemon.put([{ user_id: user, spreed: { status, message: String(version) } }])
    return true
  } catch {
    return false
  }
}

/** Kills it, and sees to it that nothing was lost of what it had acknowledged until then. */
async function restart(daemon: Daemon, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  await daemon.end('SIGKILL')
  const promised = new Map(acknowledged)
  await daemon.start()
  const { known } = await everybody(daemon)
  for (const [user, version] of promised) {
    assert.ok(
      Number(known.get(user)?.split(' ')[0]) >= version,
      `${user} was acknowledged as ${version}, and is ${known.get(user)}`,
    )
  }
}

/** What a reader is told of all users. */
async function everybody(daemon: Daemon): Promise<VersionWatcher> {
  const all = new VersionWatcher()
  let cursor: string | undefined
  do {
    const query = `limit=1000${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const { body } = await daemon.ask('GET', `/v1/users?${query}`)
    const page = JSON.parse(body) as { users: VersionDocument[]; next_cursor?: string }
    for (const document of page.users) all.see(document)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  return all
}

function differences({ known }: VersionWatcher, expected: VersionWatcher): string[] {
  return [...expected.known].flatMap(([user, state]) =>
    known.get(user) === state ? [] : `${user}: ${known.get(user)}, not ${state}`,
  )
}

/** Watches with the SDK; stopped, its loop takes no more events. */
class Client implements Stoppable {
  readonly watcher = new VersionWatcher()
  readonly #choice: WatchChoice
  readonly #client: PresenceClient
  #controller = new AbortController()
  #gate = Promise.resolve()
  #open = (): void => {}

  constructor(t: TestContext, daemon: Daemon, choice: WatchChoice) {
    this.#choice = choice
    this.#client = new PresenceClient({ url: daemon.url, token: () => daemon.token() })
    t.after(() => {
      this.#controller.abort()
      this.goOn()
    })
    void this.#run()
  }

  wants(userId: string): boolean {
    if (this.#choice === undefined) return true
    return 'domain' in this.#choice ? userId.endsWith(`@${this.#choice.domain}`) : this.#choice.includes(userId)
  }

  stop(): void {
    this.goOn()
    this.#gate = new Promise((resolve) => (this.#open = resolve))
  }

  goOn(): void {
    this.#open()
  }

  /** As a page that is left and shown again: another watch of the same knowledge. */
  cut(): void {
    this.#controller.abort()
    this.#controller = new AbortController()
    void this.#run()
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller
    for await (const event of this.#client.watch(this.#choice, { signal })) {
      await this.#gate
      if (signal.aborted) return
      if (event.type === 'presence') this.watcher.see(event.document)
    }
  }
}

/** Reads the stream itself, and resumes with the id of the last event; stopped, it leaves everything in its socket. */
class Reader implements Stoppable {
  readonly watcher = new VersionWatcher()
  readonly #daemon: Daemon
  readonly #query: string
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #stopped = false
  #over = false
  #lastEventId = ''

  constructor(t: TestContext, daemon: Daemon, query: string) {
    this.#daemon = daemon
    this.#query = query
    t.after(() => {
      this.#over = true
      this.#request?.destroy()
    })
    this.#connect()
  }

  wants(userId: string): boolean {
    return this.#query === '' || userId.endsWith(`@${DOMAIN}`)
  }

  stop(): void {
    this.#stopped = true
    this.#response?.pause()
  }

  goOn(): void {
    this.#stopped = false
    this.#response?.resume()
  }

  cut(): void {
    this.#request?.destroy()
  }

  #connect(): void {
    if (this.#over) return
    const headers = { authorization: `Bearer ${this.#daemon.token()}`, 'last-event-id': this.#lastEventId }
    const asked = request(`${this.#daemon.url}/v1/watch${this.#query}`, { headers, agent: false }, (response) => {
      this.#response = response
      let rest = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#read(block)
      })
      response.on('error', () => {})
      if (this.#stopped) response.pause()
    })
    this.#request = asked
    asked.on('error', () => {})
    asked.on('close', () => setTimeout(() => this.#connect(), 50))
    asked.end()
  }

  #read(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    if (field('event') === 'presence') this.watcher.see(JSON.parse(field('data') ?? '') as VersionDocument)
    this.#lastEventId = field('id') ?? this.#lastEventId
  }
}
