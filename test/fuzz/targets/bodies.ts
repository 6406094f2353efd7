// Bodies of any shape, in bytes and in structure, with good tokens and bad ones, over connections that are kept.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { CleanUps } from '../../support/clean-ups.ts'
import { SECRET, type Site, startSite } from '../../support/http-site.ts'
import { applied, editsOf, mischief, shown } from '../edits.ts'
import { Asker, soundStatus } from '../http-asker.ts'
import type { Target } from '../target.ts'

/** What a request shows of who asks; the site fills it in, since tokens are of a moment. */
const CREDENTIALS = ['good', 'good', 'good', 'good', 'good', 'none', 'wrong', 'expired', 'malformed'] as const

interface Case {
  readonly method: string
  readonly path: string
  readonly credentials: (typeof CREDENTIALS)[number]
  readonly body: Buffer
}

const USER = 'ada@example.test'
/** Stands in every body; no answer to somebody unknown may repeat it. */
const MARK = 'Qmark'
/** In a body, the place of a token in quotes. */
const TOKEN = '"%TOKEN%"'
const ALLOWED = [200, 400, 401, 403, 404, 405, 413, 429]
/** So often a fresh site, so that users who were made don't pile up. */
const RENEWAL = 2_000

const text = fc.oneof(mischief(12), fc.constantFrom(USER, MARK, 'busy', 'away', 'spreed', 'manual', '__proto__', ''))
const number = fc.constantFrom(0, -0, 1, -1, 60, 0.5, 1e300, 31_536_000, 31_536_001, 2 ** 53)
const leaf = fc.oneof(text, number, fc.constantFrom(null, true, false))
const anything = fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }), fc.dictionary(text, leaf, { maxKeys: 4 }))
/** Mostly what it should be, so that what stands behind it is reached. */
const mostly = (right: fc.Arbitrary<unknown>, wrong = anything) =>
  fc.oneof({ weight: 19, arbitrary: right }, { weight: 1, arbitrary: wrong })
const user = mostly(
  fc.oneof(
    fc.constantFrom(USER, 'bob', MARK),
    mischief(12).map((letters) => `u${letters}`),
  ),
)
const status = mostly(fc.constantFrom('available', 'busy', 'away', 'unavailable'), fc.constantFrom('Busy', null, MARK))
const section = mostly(fc.record({ status, message: mostly(text), extra: leaf }, { requiredKeys: ['status'] }))
const entry = fc.record(
  { user_id: user, spreed: section, manual: section, xmpp: anything, irc: anything },
  { requiredKeys: ['user_id', 'spreed'] },
)
const entries = fc.array(mostly(entry), { maxLength: 4 })
const legacy = fc.record(
  {
    AuthenticationToken: fc.constant('%TOKEN%'),
    Type: mostly(fc.constant('UserStatus')),
    UserStatus: mostly(entries),
    [MARK]: anything,
  },
  { requiredKeys: ['AuthenticationToken', 'UserStatus'] },
)
const publication = fc.record(
  { status, message: mostly(text), expires_in: mostly(fc.constantFrom(1, 60)), session: mostly(text) },
  { requiredKeys: ['status'] },
)
const question = fc.record({ user_ids: mostly(fc.array(user, { maxLength: 20 })) })

/** What no fast-check arbitrary makes: very deep, very many, very long, and the same name twice. */
const EXTREMES = [
  '['.repeat(100_000),
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  `{"AuthenticationToken":${TOKEN},"UserStatus":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  `{"AuthenticationToken":${TOKEN},"UserStatus":[${'{"user_id":"x"},'.repeat(10_000)}{"user_id":"x"}]}`,
  `{"AuthenticationToken":${TOKEN},"UserStatus":[{"user_id":"${'x'.repeat(100_000)}"}]}`,
  `{"AuthenticationToken":${TOKEN},"UserStatus":[{"user_id":"x","spreed":{"status":"busy","message":"${'🙂'.repeat(10_001)}"}}]}`,
  `{"AuthenticationToken":"x","AuthenticationToken":${TOKEN},"UserStatus":[],"UserStatus":[{"user_id":"\\ud800"}]}`,
  `{"__proto__":{"AuthenticationToken":${TOKEN}},"UserStatus":[]}`,
  `{"user_ids":[${'"x",'.repeat(10_000)}"x"]}`,
  `{"status":"busy","message":"${'m'.repeat(10_001)}"}`,
  `{"n":${'9'.repeat(100_000)}}`,
]

const target = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('GET', 'PUT', 'POST'), fc.constant('/'), legacy) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('POST'), fc.constantFrom('/v1/users/query', '/v1/watch'), question) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('PUT', 'PUT', 'DELETE'),
      fc.constantFrom(
        `/v1/users/${USER}/spreed`,
        `/v1/users/${USER}/manual`,
        `/v1/users/${USER}/xmpp`,
        '/v1/users/bob/manual',
        '/v1/users/%00/x',
      ),
      publication,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('GET', 'PATCH', 'OPTIONS'),
      fc.constantFrom('/v1/users', '/v1/sources', '/nothing'),
      legacy,
    ),
  },
)
const words = [
  ...EXTREMES.slice(0, 1),
  TOKEN,
  'null',
  '1e999',
  '-',
  '\\u0000',
  '\\ud800',
  '{"user_id":"x"},',
  '__proto__',
  MARK,
]
const cases = fc
  .tuple(
    target,
    fc.constantFrom(...CREDENTIALS),
    fc.oneof({ weight: 99, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...EXTREMES) }),
    editsOf(3, words),
  )
  .map(([[method, path, value], credentials, extreme, edits]): Case => {
    return { method, path, credentials, body: applied(Buffer.from(extreme ?? JSON.stringify(value)), edits) }
  })

class Bench {
  #site: Site
  #cleanUps: CleanUps
  readonly #asker: Asker
  #cases = 0

  constructor(site: Site, cleanUps: CleanUps, asker: Asker) {
    this.#site = site
    this.#cleanUps = cleanUps
    this.#asker = asker
  }

  static async start(all: CleanUps): Promise<Bench> {
    const cleanUps = new CleanUps()
    const bench = new Bench(await startSite(cleanUps), cleanUps, new Asker())
    all.after(() => bench.#end())
    return bench
  }

  async check({ method, path, credentials, body }: Case): Promise<string> {
    this.#cases += 1
    if (this.#cases % RENEWAL === 0) await this.#renew()
    const token = this.#token(credentials)
    const before = [...this.#site.store.position]
    const answer = await this.#asker.ask(this.#site.url, {
      ...{ method, path, body: Buffer.from(body.toString('latin1').replaceAll('%TOKEN%', token), 'latin1') },
      headers: path === '/' || credentials === 'none' ? {} : { authorization: `Bearer ${token}` },
    })
    const status = soundStatus(answer, ALLOWED)
    if (status >= 400 || method === 'GET')
      assert.deepEqual([...this.#site.store.position], before, 'a refused request changes nothing')
    if (credentials !== 'good') {
      assert.doesNotMatch(answer.body, /Qmark/, 'the body of somebody unknown is repeated')
      assert.notEqual(status, 403)
    }
    assert.ok(!answer.body.includes(SECRET))
    return String(status)
  }

  #token(credentials: Case['credentials']): string {
    const { token } = this.#site
    switch (credentials) {
      case 'good':
        return token(USER)
      case 'expired':
        return token(USER, 100_000)
      case 'wrong':
        return `${token(USER)}=`
      default:
        return credentials
    }
  }

  async #renew(): Promise<void> {
    await this.#cleanUps.run()
    this.#cleanUps = new CleanUps()
    this.#site = await startSite(this.#cleanUps)
  }

  async #end(): Promise<void> {
    this.#asker.close()
    await this.#cleanUps.run()
  }
}

export const bodies: Target<Case> = {
  name: 'bodies',
  about: 'a body is answered with a documented status, and one that is refused changes nothing',
  runs: 100_000,
  shortRuns: 300,
  heap: 256,
  patience: 20_000,
  cases,
  show: ({ body, ...rest }) => `${JSON.stringify(rest)} ${shown(body)}`,
  start: (cleanUps) => Bench.start(cleanUps),
}
