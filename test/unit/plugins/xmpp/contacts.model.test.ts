// Contacts and publisher against a naive model: after any sequence of stanzas the session knows exactly what the model says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Publication, STATUSES, type Status } from '../../../../src/core/presence.ts'
import { Contacts } from '../../../../src/plugins/xmpp/contacts.ts'
import { Publisher } from '../../../../src/plugins/xmpp/publisher.ts'
import type { PresenceStanza } from '../../../../src/plugins/xmpp/stanza.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

// Most of them are one user, so that things happen to the same one.
const CONTACTS = [
  'a@x.test',
  'a@x.test',
  'a@x.test',
  'a@y.test',
  'b@x.test',
  'a@y.test',
  'bot@x.test',
  'c@foreign.test',
  'x.test',
]
const RESOURCES = ['', 'one', 'One', 'two']

type Step =
  | { readonly do: 'roster'; readonly bare: string; readonly subscription: string }
  | { readonly do: 'presence'; readonly stanza: PresenceStanza }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'settle' }

const stanzas: fc.Arbitrary<PresenceStanza> = fc
  .record({
    bare: fc.constantFrom(...CONTACTS),
    resource: fc.constantFrom(...RESOURCES),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant('available') },
      { weight: 4, arbitrary: fc.constantFrom('unavailable', 'unsubscribed', 'error', 'subscribed', 'probe') },
    ),
    status: fc.constantFrom<Status>('available', 'busy', 'away'),
    message: fc.constantFrom('', 'x', 'y'),
    priority: fc.constantFrom(-1, 0, 0, 7),
    room: fc.constantFrom(false, false, false, true),
  })
  .map(({ bare, resource, ...rest }) => ({ ...rest, from: { bare, resource } }))

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('presence' as const), stanza: stanzas }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('roster' as const),
      bare: fc.constantFrom(...CONTACTS),
      subscription: fc.constantFrom('both', 'to', 'both', 'from', 'none', 'remove'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'settle' as const }) },
)

/** Remembers the last stanza of each device and looks at all of them each time. */
class Model {
  readonly #visible = new Set<string>()
  readonly #devices = new Map<string, { stanza: PresenceStanza; at: number; order: number }>()
  readonly #heard = new Set<string>()
  settled = false
  #order = 0

  roster(bare: string, subscription: string): void {
    if (subscription === 'both' || subscription === 'to') this.#visible.add(bare)
    else this.#forget(bare)
  }

  presence(stanza: PresenceStanza, at: number): void {
    const { from, type, room } = stanza
    if (!this.#visible.has(from.bare)) return
    if (type === 'unsubscribed') this.#forget(from.bare)
    if (room || (type !== 'available' && type !== 'unavailable')) return
    this.#heard.add(userOf(from.bare) ?? '')
    this.#order += 1
    if (type === 'available') this.#devices.set(`${from.bare}/${from.resource}`, { stanza, at, order: this.#order })
    else this.#drop((bare, resource) => bare === from.bare && (from.resource === '' || resource === from.resource))
  }

  users(): Map<string, string> {
    const users = new Map<string, string>()
    for (const bare of this.#visible) {
      const user = userOf(bare)
      if (user === undefined || users.has(user)) continue
      const [best] = [...this.#devices.values()]
        .filter(({ stanza }) => userOf(stanza.from.bare) === user)
        .sort(
          (one, other) =>
            other.stanza.priority - one.stanza.priority ||
            STATUSES.indexOf(one.stanza.status) - STATUSES.indexOf(other.stanza.status) ||
            other.at - one.at ||
            other.order - one.order,
        )
      if (best !== undefined) users.set(user, `${best.stanza.status} ${best.stanza.message}`)
      else if (this.settled || this.#heard.has(user)) users.set(user, 'unavailable ')
    }
    return users
  }

  #forget(bare: string): void {
    this.#visible.delete(bare)
    this.#drop((other) => other === bare)
    const user = userOf(bare) ?? ''
    if (![...this.#visible].some((other) => userOf(other) === user)) this.#heard.delete(user)
  }

  #drop(which: (bare: string, resource: string) => boolean): void {
    for (const [key, { stanza }] of this.#devices) {
      if (which(stanza.from.bare, stanza.from.resource)) this.#devices.delete(key)
    }
  }
}

/** Both domains count, without their names; the account itself does not. */
function userOf(bare: string): string | undefined {
  if (bare === 'bot@x.test') return undefined
  return /^(.+)@[xy]\.test$/.exec(bare)?.[1]
}

test('any sequence of roster changes and presence ends as the naive model says, and nothing is said twice', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60, size: 'max' }), (sequence) => {
      const clock = new ManualClock()
      const known = new Map<string, string>()
      const publish = (userId: string, { status, message }: Publication) => {
        assert.notEqual(known.get(userId), `${status} ${message}`, 'said twice')
        known.set(userId, `${status} ${message}`)
      }
      const publisher = new Publisher({ publish, withdraw: (userId) => known.delete(userId) }, clock)
      const domains = new Set(['x.test', 'y.test'])
      const contacts = new Contacts({ account: 'bot@x.test', domains, stripDomain: true, mapUser: () => undefined })
      const model = new Model()
      for (const step of [{ do: 'roster', bare: 'a@x.test', subscription: 'both' } as const, ...sequence]) {
        if (step.do === 'wait') clock.advance(step.milliseconds)
        else if (step.do === 'roster') {
          const change = contacts.item(step)
          if (change !== undefined) publisher.say(change)
          model.roster(step.bare, step.subscription)
        } else if (step.do === 'presence') {
          const change = contacts.presence(step.stanza, clock.now())
          if (change !== undefined) publisher.say(change)
          model.presence(step.stanza, clock.now())
        } else {
          for (const change of contacts.settle()) publisher.say(change)
          publisher.flush()
          model.settled = true
        }
      }
      clock.advance(1_000)
      assert.deepEqual(new Map([...known].sort()), new Map([...model.users()].sort()))
    }),
    { numRuns: 1_500 },
  )
})
