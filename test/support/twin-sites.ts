// Two servers in lockstep: one knows everybody, its twin only the users of one domain. A token of that domain must not tell them apart.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Publication, Status } from '../../src/core/presence.ts'
import type { OpenSession } from '../../src/core/sessions.ts'
import { foldUserId } from '../../src/core/user-id.ts'
import { domainOf } from '../../src/core/user-index.ts'
import type { CleanUps } from './clean-ups.ts'
import { type EventReader, readEvents } from './events.ts'
import { type Answer, type Question, type Site, startSite } from './http-site.ts'

/** What happens in the world, beside what the watched token does. */
export type Happening =
  | { readonly kind: 'published'; readonly user: string; readonly source: string; readonly status: Status }
  | { readonly kind: 'forgotten'; readonly user: string }
  | { readonly kind: 'passed'; readonly milliseconds: number }
  | { readonly kind: 'connected' | 'settled' | 'lost' }

interface Twin {
  readonly site: Site
  /** Whom it may know. */
  readonly knows: (userId: string) => boolean
  session: OpenSession | undefined
}

/** A stream from each of the two. */
interface Streams {
  readonly readers: readonly EventReader[]
  readonly ids: string[]
}

const TRUSTED = 'backend'

export class TwinSites {
  readonly #twins: readonly Twin[]
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(twins: readonly Twin[]) {
    this.#twins = twins
  }

  static async start(cleanUps: CleanUps, domain: string): Promise<TwinSites> {
    const parts = { visibility: 'domain', trustedUsers: [TRUSTED] } as const
    const knows = (userId: string) => domainOf(foldUserId(userId)) === domain
    // All that the server wants of a test is where to leave its clean-up.
    const t = cleanUps as unknown as Parameters<typeof startSite>[0]
    const sites = [await startSite(t, parts), await startSite(t, parts)] as const
    const twins = new TwinSites([
      { site: sites[0], knows: () => true, session: undefined },
      { site: sites[1], knows, session: undefined },
    ])
    cleanUps.after(() => twins.#agent.destroy())
    return twins
  }

  /** Lets something happen, where somebody takes part in it who may be known there; a millisecond later all of it is over. */
  async happen(happening: Happening): Promise<void> {
    for (const twin of this.#twins) {
      await this.#happenTo(twin, happening)
      twin.site.clock.advance(1)
    }
    await this.#settle()
  }

  async #happenTo(twin: Twin, happening: Happening): Promise<void> {
    const { site, knows } = twin
    switch (happening.kind) {
      case 'published': {
        const { user, source, status } = happening
        if (!knows(user)) return
        const publication: Publication = { status, message: user }
        if (source === 'xmpp') twin.session?.publish(user, publication)
        else await site.service.publish([{ userId: user, source, ...publication }])
        return
      }
      case 'forgotten':
        if (knows(happening.user)) await site.service.forget(happening.user)
        return
      case 'passed':
        site.clock.advance(happening.milliseconds)
        return
      case 'settled':
        twin.session?.settled()
        return
      case 'lost':
        twin.session?.end('lost')
        twin.session = undefined
        return
      case 'connected':
        twin.session?.end('again')
        twin.session = site.service.collector('xmpp')?.open(() => assert.fail('flooded'))
        twin.session?.connected('test')
    }
  }

  /** Asks both the same, and resolves with the one answer after checking that it is one. */
  async ask(owner: string, method: string, path: string, question: Question = {}): Promise<Answer> {
    const answers: Answer[] = []
    for (const { site } of this.#twins) answers.push(await this.#askOne(site, owner, method, path, question))
    return same(answers.map(withoutSeals))
  }

  /** Walks the pages of both, and checks that each is the same. */
  async walk(owner: string, query: string): Promise<void> {
    let cursors: readonly (string | undefined)[] = ['', '']
    for (let page = 0; page < 50 && cursors[0] !== undefined; page += 1) {
      const answers: Answer[] = []
      for (const [index, { site }] of this.#twins.entries()) {
        const cursor = page === 0 ? '' : `&cursor=${cursors[index]}`
        answers.push(await this.#askOne(site, owner, 'GET', `/v1/users?${query}${cursor}`, {}))
      }
      same(answers.map(withoutSeals))
      cursors = answers.map(({ body }) => (JSON.parse(body) as { next_cursor?: string }).next_cursor)
    }
    assert.equal(cursors[0], undefined, 'the walk has an end')
  }

  /** Watches both, from where `after` has come to. */
  async watch(owner: string, query: string, after?: Streams): Promise<Streams> {
    const readers: EventReader[] = []
    for (const [index, { site }] of this.#twins.entries()) {
      const headers = after === undefined ? {} : { 'last-event-id': after.ids[index] ?? '' }
      readers.push(await readEvents(`${site.url}/v1/watch?${query}`, inHeader(site, owner), { headers }))
    }
    const streams = { readers, ids: [] }
    await this.#read(streams, 'ready')
    return streams
  }

  /** Ends all streams, by withdrawing the secret, and checks that each pair has told the same since it was ready. */
  async endStreams(all: readonly Streams[]): Promise<void> {
    await this.#settle()
    for (const { site } of this.#twins) {
      site.tokens.configure({ secrets: ['another'], expireMinutes: 5 })
      site.server.configure({ allowedOrigins: [], visibility: 'domain', trustedUsers: [TRUSTED] })
    }
    for (const streams of all) await this.#read(streams, 'expired')
    for (const { site } of this.#twins) {
      site.tokens.configure({ secrets: ['GEHEIM'], expireMinutes: 5 })
      site.server.configure({ allowedOrigins: [], visibility: 'domain', trustedUsers: [TRUSTED] })
    }
  }

  async #read({ readers, ids }: Streams, last: string): Promise<void> {
    const told: unknown[] = []
    for (const [index, reader] of readers.entries()) {
      const events = await reader.until(last)
      ids[index] = events.findLast(({ id }) => id !== undefined)?.id ?? ids[index] ?? ''
      told.push(events.map((event) => ({ ...event, id: event.id?.length })))
    }
    same(told)
    same(readers.map(({ status, headers: { date: _date, ...headers } }) => ({ status, headers })))
  }

  /** Whom the twin knows: nobody whom it must not. */
  async checkTwin(): Promise<void> {
    const [, twin] = this.#twins
    assert.ok(twin)
    const { body } = await this.#askOne(twin.site, TRUSTED, 'GET', '/v1/users?limit=1000', {})
    const { users } = JSON.parse(body) as { users: { user_id: string }[] }
    assert.deepEqual(
      users.filter(({ user_id }) => !twin.knows(user_id)),
      [],
    )
  }

  #askOne(site: Site, owner: string, method: string, path: string, { body, headers = {} }: Question): Promise<Answer> {
    const authorization = `Bearer ${inHeader(site, owner)}`
    return site.ask(method, path, { body, headers: { authorization, ...headers }, agent: this.#agent })
  }

  /** Until everything is saved, and every stream has written what it had to tell. */
  async #settle(): Promise<void> {
    for (const { site } of this.#twins) {
      for (let round = 0; round < 3; round += 1) {
        await site.service.idle()
        site.clock.advance(0)
        await nextTurn()
      }
    }
  }
}

/** A token as the SDK sends it. */
function inHeader(site: Site, owner: string): string {
  return Buffer.from(site.token(owner)).toString('base64url')
}

/** Sealed positions are never alike, but as long. */
function withoutSeals({ status, headers: { date: _date, ...headers }, body }: Answer): Answer {
  const sealed = body.replace(/"next_cursor":"([^"]*)"/, (_text, cursor: string) => `"next_cursor":${cursor.length}`)
  return { status, headers, body: sealed }
}

function same<Value>(values: readonly Value[]): Value {
  const [first, second] = values
  assert.deepEqual(first, second)
  return first as Value
}
