// What may not be seen looks exactly like what is not known: no exit tells a daemon with everybody from one with the own domain alone.
import { test } from 'node:test'
import fc from 'fast-check'
import { CleanUps } from '../../support/clean-ups.ts'
import { type Happening, TwinSites } from '../../support/twin-sites.ts'

const DOMAINS = ['x', 'y', '', 'stra\u00dfe.\u00e9', '🙂.ws', '__proto__']
/** The same domains, as somebody else may write them. */
const SPELLINGS = new Map([
  ['x', 'X'],
  ['stra\u00dfe.\u00e9', 'STRA\u00dfE.E\u0301'],
])

const domain = fc.constantFrom(...DOMAINS)
const spelled = domain.chain((name) => fc.constantFrom(name, SPELLINGS.get(name) ?? name))
const userOf = (name: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom('ada', 'BOB', 'a@b', ''), name, fc.boolean())
    .map(([account, of, at]) => (of === '' && !at && !account.includes('@') ? account : `${account}@${of}`))
    .filter((userId) => userId !== '')
const user = userOf(spelled)
const status = fc.constantFrom('available', 'busy', 'away', 'unavailable')
const source = fc.constantFrom('spreed', 'manual', 'xmpp', 'irc', 'nonsense')

const happening = (sources: readonly string[]): fc.Arbitrary<Happening> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        ...{ kind: fc.constant('published' as const), user, status },
        source: fc.constantFrom(...sources),
      }),
    },
    fc.record({ kind: fc.constant('forgotten' as const), user }),
    fc.record({ kind: fc.constant('passed' as const), milliseconds: fc.constantFrom(20_000, 70_000, 130_000) }),
    ...(sources.includes('xmpp')
      ? [fc.record({ kind: fc.constantFrom('connected' as const, 'settled' as const, 'lost' as const) })]
      : []),
  )

type Act = (sites: TwinSites, owner: string) => Promise<unknown>

const entries = fc.array(
  fc.tuple(user, fc.option(source), status).map(([user_id, name, said]) => {
    return name === null ? { user_id } : { user_id, [name]: { status: said } }
  }),
  { maxLength: 4 },
)
const asked = fc.array(user, { minLength: 1, maxLength: 4 })
const cursor = fc.constantFrom('nonsense', 'abcdefgh.3', 'A'.repeat(123))
const query = (users: readonly string[]) => users.map((one) => `user_id=${encodeURIComponent(one)}`).join('&')

/** What the owner of a token may do, at each exit. */
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(fc.constantFrom('GET', 'PUT', 'POST'), entries).map(
    ([method, UserStatus]): Act =>
      (sites, owner) =>
        sites.ask(owner, method, '/', { body: { UserStatus } }),
  ),
  fc
    .tuple(fc.constantFrom('GET', 'HEAD', 'DELETE'), user, fc.constantFrom('*/*', 'application/pidf+xml'))
    .map(([method, id, accept]): Act => {
      return (sites, owner) => sites.ask(owner, method, `/v1/users/${encodeURIComponent(id)}`, { headers: { accept } })
    }),
  fc.tuple(fc.constantFrom('PUT', 'DELETE'), user, source, status).map(([method, id, name, said]): Act => {
    const path = `/v1/users/${encodeURIComponent(id)}/${name}`
    const question = method === 'PUT' ? { body: { status: said } } : {}
    return (sites, owner) => sites.ask(owner, method, path, question)
  }),
  asked.map(
    (users): Act =>
      (sites, owner) =>
        sites.ask(owner, 'GET', `/v1/users?${query(users)}`),
  ),
  asked.map(
    (user_ids): Act =>
      (sites, owner) =>
        sites.ask(owner, 'POST', '/v1/users/query', { body: { user_ids } }),
  ),
  fc.tuple(fc.option(spelled), fc.integer({ min: 1, max: 5 })).map(([of, limit]): Act => {
    const ofDomain = of === null ? '' : `&domain=${encodeURIComponent(of)}`
    return (sites, owner) => sites.walk(owner, `limit=${limit}${ofDomain}`)
  }),
  fc.tuple(domain, cursor).map(([of, told]): Act => {
    const path = `/v1/users?domain=${encodeURIComponent(of)}&cursor=${told}`
    return (sites, owner) => sites.ask(owner, 'GET', path)
  }),
  fc.constant<Act>((sites, owner) => sites.ask(owner, 'GET', '/v1/sources')),
)

/** What is watched, as a query. */
const choice = fc.oneof(
  fc.constant(''),
  spelled.map((of) => `domain=${encodeURIComponent(of)}`),
  asked.map(query),
)

/** A story for a domain and one of its users, told to both. */
const story = (sources: readonly string[]) =>
  domain.chain((of) => {
    const spelling = fc.constantFrom(of, SPELLINGS.get(of) ?? of)
    return fc.record({
      domain: fc.constant(of),
      owner: userOf(spelling),
      before: fc.array(happening(sources), { maxLength: 15 }),
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
      after: fc.array(fc.oneof(happening(sources), act), { minLength: 5, maxLength: 25 }),
      meanwhile: fc.array(happening(sources), { maxLength: 10 }),
    })
  })

const isAct = (step: Happening | Act): step is Act => typeof step === 'function'

for (const [what, sources, resumes] of [
  ['as things happen', ['spreed', 'manual', 'xmpp'], false],
  ['and to whoever comes back', ['spreed', 'manual'], true],
] as const) {
  test(`a token can not tell that others are there, ${what}`, async () => {
    await fc.assert(
      fc.asyncProperty(story(sources), async ({ domain: of, owner, before, choices, after, meanwhile }) => {
        const cleanUps = new CleanUps()
        try {
          const sites = await TwinSites.start(cleanUps, of)
          for (const step of before) await sites.happen(step)
          const streams = []
          for (const query of choices) streams.push(await sites.watch(owner, query))
          for (const step of after) await (isAct(step) ? step(sites, owner) : sites.happen(step))
          await sites.endStreams(streams)
          if (resumes) {
            for (const step of meanwhile) await sites.happen(step)
            const again = []
            for (const [index, query] of choices.entries()) again.push(await sites.watch(owner, query, streams[index]))
            await sites.endStreams(again)
          }
          await sites.checkTwin()
        } finally {
          await cleanUps.run()
        }
      }),
      { numRuns: Number(process.env.TWIN_RUNS ?? 25), includeErrorInReport: true },
    )
  })
}
