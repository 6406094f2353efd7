// An answer that is kept is the one that would be made anew, whatever happens in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OpenSession } from '../../../src/core/sessions.ts'
import { createToken } from '../../../src/core/tokens.ts'
import { Questions } from '../../../src/http/questions.ts'
import { SECRET, type Site, startSite } from '../../support/http-site.ts'

const USERS = Array.from({ length: 4 }, (_, index) => `user${index}@${index % 2 === 0 ? 'a' : 'b'}.example`)
/** Enough that the question is one of those that are remembered. */
const STRANGERS = Array.from({ length: 40 }, (_, index) => `stranger${index}@a.example`)
const user = fc.constantFrom(...USERS)
const status = fc.constantFrom('available', 'busy', 'away', 'unavailable')

const step = fc.oneof(
  fc.record({ what: fc.constant('spreed'), user, status, tab: fc.constantFrom('', 'tab', 'other') }),
  fc.record({ what: fc.constant('manual'), user, status, seconds: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ what: fc.constant('withdraw'), user }),
  fc.record({ what: fc.constant('forget'), user }),
  fc.record({ what: fc.constant('xmpp'), user, status }),
  fc.record({ what: fc.constantFrom('connect', 'settle', 'lose') }),
  fc.record({ what: fc.constantFrom('refuse', 'save') }),
  fc.record({ what: fc.constantFrom('hide', 'show', 'stranger') }),
  fc.record({ what: fc.constant('wait'), seconds: fc.constantFrom(0.001, 1, 29, 59.999, 60, 119, 120) }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** A session of the collector `xmpp`. */
function connect(service: Site['service']): OpenSession {
  const session = service.collector('xmpp')?.open(() => assert.fail('flooded'))
  assert.ok(session)
  session.connected('a test')
  return session
}

/** Does one step to a site. */
function stepper(site: Site) {
  let session: OpenSession | undefined
  const { service, server, store, clock } = site
  const save = store.save.bind(store)
  const publish = (section: Parameters<typeof service.publish>[0][number]) => service.publish([section]).catch(() => {})
  const common = { allowedOrigins: [], boardPassword: undefined, certificate: undefined, publicMetrics: false }
  return async (one: Step): Promise<void> => {
    if ('tab' in one)
      await publish({ userId: one.user, source: 'spreed', status: one.status, message: '', device: one.tab })
    else if ('user' in one && 'seconds' in one)
      await publish({
        userId: one.user,
        source: 'manual',
        status: one.status,
        message: 'x',
        expiresIn: one.seconds * 1_000,
      })
    else if ('seconds' in one) await clock.advance(one.seconds * 1_000)
    else if (one.what === 'withdraw' && 'user' in one)
      await publish({ userId: one.user, source: 'manual', status: null, message: '' })
    else if (one.what === 'forget' && 'user' in one) await service.forget(one.user).catch(() => {})
    else if ('user' in one && 'status' in one) session?.publish(one.user, { status: one.status, message: 'from xmpp' })
    else if (one.what === 'connect') session ??= connect(service)
    else if (one.what === 'settle') session?.settled()
    else if (one.what === 'lose') {
      session?.end('the test ends it')
      session = undefined
    } else if (one.what === 'refuse') store.save = () => Promise.reject(new Error('the disk is full'))
    else if (one.what === 'save') store.save = save
    else if (one.what === 'hide') server.configure({ ...common, visibility: 'domain' })
    else if (one.what === 'show') server.configure(common)
    else await publish({ userId: 'stranger7@a.example', source: 'spreed', status: 'busy', message: '' })
    if (store.save === save) await service.idle()
  }
}

test('the answer to a question that came before is that which would be made anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      const cleanUps: (() => void | Promise<void>)[] = []
      const site = await startSite({ after: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp) })
      const take = stepper(site)
      try {
        for (const one of steps) {
          await take(one)
          const token = createToken(SECRET, 'ada@a.example', 60 * Math.floor(site.clock.wall() / 60_000))
          const list = [...USERS, ...STRANGERS].map((user_id) => ({ user_id }))
          const body = { AuthenticationToken: token, UserStatus: list }
          // A query means nothing, but with it the address is not that of the hot path, where answers are kept.
          const made = await site.ask('GET', '/?', { body })
          for (let time = 0; time < 2; time += 1)
            assert.deepEqual((await site.ask('GET', '/', { body })).body, made.body)
        }
      } finally {
        for (const cleanUp of cleanUps) await cleanUp()
      }
    }),
    { numRuns: 12 },
  )
})

test('an answer is given again as it is while nothing has changed, and made anew when something has', async (t) => {
  const site = await startSite(t)
  const names = [...USERS, ...STRANGERS]
  const body = site.body(names.map((user_id) => ({ user_id })))
  let made = 0
  const { tellSections } = site.service
  site.service.tellSections = (...words) => {
    made += 1
    tellSections.apply(site.service, words)
  }
  const asked = async (): Promise<number> => {
    made = 0
    assert.equal((await site.ask('GET', '/', { body })).status, 200)
    return made / names.length
  }
  assert.deepEqual([await asked(), await asked(), await asked(), await asked()], [1, 1, 0, 0])
  await site.ask('PUT', '/', { body: site.body([{ user_id: USERS[1], spreed: { status: 'busy' } }]) })
  assert.deepEqual([await asked(), await asked()], [1, 0])
  // The moment counts, and not whether what it brings can be saved.
  const { save } = site.store
  site.store.save = () => Promise.reject(new Error('the disk is full'))
  site.clock.advance(119_999)
  assert.deepEqual([await asked(), await asked()], [0, 0])
  site.clock.advance(1)
  assert.deepEqual([await asked(), await asked()], [1, 1])
  site.store.save = save
  for (const milliseconds of [1_000, 1_000]) {
    site.clock.advance(milliseconds)
    await site.service.idle()
  }
  assert.deepEqual([await asked(), await asked()], [1, 0])
})

test('an answer that is kept ends with the grace of a collector that is lost, also while nothing can be saved', async (t) => {
  const site = await startSite(t)
  const session = connect(site.service)
  const [who = ''] = USERS
  session.publish(who, { status: 'available', message: 'here' })
  session.settled()
  await site.service.idle()
  const body = site.body([...USERS, ...STRANGERS].map((user_id) => ({ user_id })))
  const status = async (): Promise<unknown> => {
    const { UserStatus } = JSON.parse((await site.ask('GET', '/', { body })).body)
    return UserStatus[0].xmpp.status
  }
  for (let time = 0; time < 3; time += 1) assert.equal(await status(), 'available')
  session.end('the test ends it')
  await site.service.idle()
  for (let time = 0; time < 3; time += 1) assert.equal(await status(), 'available')
  site.store.save = () => Promise.reject(new Error('the disk is full'))
  site.clock.advance(60_000)
  assert.equal(await status(), 'unavailable')
})

test('the answers that are kept are bounded by their bytes', () => {
  const questions = new Questions()
  const asked = Array.from({ length: 40 }, () => ({ credentials: { AuthenticationToken: undefined }, asked: [] }))
  const bytes = Buffer.alloc(1024 * 1024)
  for (const question of asked) questions.keep(question, { bytes, domain: undefined, holds: () => true })
  const kept = asked.filter((question) => questions.answerTo(question, undefined) !== undefined)
  assert.ok(kept.length > 0 && kept.length <= 16, `${kept.length}`)
  const last = asked.at(-1)
  assert.ok(last)
  assert.equal(questions.answerTo(last, 'a.example'), undefined)
})
