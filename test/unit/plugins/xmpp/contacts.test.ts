// What roster and presence make of the users.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type Change, Contacts } from '../../../../src/plugins/xmpp/contacts.ts'
import { RESOURCE_LIMIT } from '../../../../src/plugins/xmpp/resources.ts'
import { type PresenceStanza, readJid } from '../../../../src/plugins/xmpp/stanza.ts'
import type { UserIdRules } from '../../../../src/plugins/xmpp/user-ids.ts'

const NOW = Date.UTC(2026, 10, 23, 9)

const rules = (more: Partial<UserIdRules> = {}): UserIdRules => ({
  account: 'bot@a.test',
  domains: new Set(['a.test', 'chat.b.test']),
  stripDomain: false,
  mapUser: () => undefined,
  ...more,
})

function said(jid: string, more: Partial<PresenceStanza> = {}): PresenceStanza {
  const from = readJid(jid)
  assert.ok(from !== undefined)
  return { from, type: 'available', status: 'available', message: '', priority: 0, room: false, ...more }
}

const gone = (jid: string): PresenceStanza => said(jid, { type: 'unavailable', status: 'unavailable' })

/** The change in short: `user status message`, or `user -`. */
function short(change: Change | undefined): string | undefined {
  if (change === undefined) return undefined
  const { userId, publication } = change
  return publication === undefined ? `${userId} -` : `${userId} ${publication.status} ${publication.message}`.trim()
}

let contacts: Contacts
const add = (bare: string, subscription = 'both', to = contacts) => short(to.item({ bare, subscription }))
const tell = (stanza: PresenceStanza, now = NOW) => short(contacts.presence(stanza, now))

beforeEach(() => {
  contacts = new Contacts(rules())
})

describe('resources', () => {
  beforeEach(() => {
    add('u@a.test')
  })

  test('the highest priority speaks, and the next one when it leaves', () => {
    assert.equal(tell(said('u@a.test/desk', { priority: 5, status: 'away' })), 'u@a.test away')
    assert.equal(tell(said('u@a.test/phone', { priority: 1 })), undefined)
    assert.equal(tell(gone('u@a.test/desk')), 'u@a.test available')
    assert.equal(tell(gone('u@a.test/phone')), 'u@a.test unavailable')
  })

  test('a first word is that of a device, or of a user without one; changes are none', () => {
    add('v@a.test')
    const grows = (stanza: PresenceStanza): boolean => {
      const { firstWords } = contacts
      tell(stanza)
      return contacts.firstWords > firstWords
    }
    assert.equal(grows(said('u@a.test/desk')), true)
    assert.equal(grows(said('u@a.test/desk', { status: 'away' })), false)
    assert.equal(grows(said('u@a.test/phone')), true)
    assert.equal(grows(gone('u@a.test/phone')), false)
    assert.equal(grows(gone('v@a.test')), true)
    assert.equal(grows(gone('v@a.test')), false)
    assert.equal(grows(said('stranger@a.test/x')), false)
  })

  test('at equal priority the most available speaks, then the newest', () => {
    assert.equal(tell(said('u@a.test/1', { status: 'away' })), 'u@a.test away')
    assert.equal(tell(said('u@a.test/2', { status: 'busy' })), 'u@a.test busy')
    assert.equal(tell(said('u@a.test/3', { message: 'older' }), NOW + 1), 'u@a.test available older')
    assert.equal(tell(said('u@a.test/4', { message: 'newer' }), NOW + 2), 'u@a.test available newer')
    assert.equal(tell(said('u@a.test/5', { message: 'late', sent: NOW - 5 }), NOW + 3), undefined)
  })

  test('a negative priority is presence too', () => {
    assert.equal(tell(said('u@a.test/1', { priority: -1, status: 'busy' })), 'u@a.test busy')
  })

  test('an unavailable of the bare address clears all of that contact', () => {
    tell(said('u@a.test/1'))
    tell(said('u@a.test/2'))
    assert.equal(tell(gone('u@a.test')), 'u@a.test unavailable')
  })

  test('resources differ in capitals, accounts do not', () => {
    tell(said('u@a.test/Desk'))
    assert.equal(tell(gone('u@a.test/desk')), undefined)
    assert.equal(tell(gone('U@A.test/Desk')), 'u@a.test unavailable')
  })

  test('there are never more than the limit; the one heard of longest ago goes', () => {
    for (let count = 0; count <= RESOURCE_LIMIT; count += 1) {
      tell(said(`u@a.test/${count}`, { message: `${count}`, priority: count === 0 ? 1 : 0 }), NOW + count)
    }
    assert.equal(tell(gone(`u@a.test/${RESOURCE_LIMIT}`)), `u@a.test available ${RESOURCE_LIMIT - 1}`)
  })
})

describe('who counts', () => {
  test('a stranger, the account itself, a foreign domain, a room and an error are nobody', () => {
    for (const bare of ['bot@a.test', 'x@foreign.test', 'a.test']) assert.equal(add(bare), undefined)
    add('u@a.test')
    for (const jid of ['stranger@a.test/1', 'bot@a.test/1', 'x@foreign.test/1', 'a.test', 'a.test/1']) {
      assert.equal(tell(said(jid)), undefined, jid)
    }
    assert.equal(tell(said('u@a.test/nick', { room: true })), undefined)
    for (const type of ['error', 'probe', 'subscribed', 'unsubscribe', 'nonsense']) {
      assert.equal(tell(said('u@a.test/1', { type })), undefined, type)
    }
    assert.deepEqual(contacts.settle().map(short), ['u@a.test unavailable'])
  })

  test('only contacts whose presence can be seen are published; the others are counted', () => {
    add('to@a.test', 'to')
    for (const subscription of ['none', 'from']) {
      assert.equal(add(`${subscription}@a.test`, subscription), undefined)
      assert.equal(tell(said(`${subscription}@a.test/1`)), undefined)
    }
    add('x@foreign.test')
    assert.deepEqual(contacts.counts, { seen: 1, unseen: 2, foreign: 1 })
    assert.deepEqual(contacts.settle().map(short), ['to@a.test unavailable'])
  })

  test('a removal, a lost subscription and "unsubscribed" withdraw', () => {
    for (const user of ['a', 'b', 'c', 'd']) {
      add(`${user}@a.test`)
      tell(said(`${user}@a.test/1`))
    }
    assert.equal(add('a@a.test', 'remove'), 'a@a.test -')
    assert.equal(add('b@a.test', 'none'), 'b@a.test -')
    assert.equal(add('c@a.test', 'from'), 'c@a.test -')
    assert.equal(tell(said('d@a.test', { type: 'unsubscribed' })), 'd@a.test -')
    assert.deepEqual(contacts.counts, { seen: 0, unseen: 3, foreign: 0 })
    for (const user of ['a', 'b', 'c', 'd']) assert.equal(tell(said(`${user}@a.test/1`)), undefined)
    assert.equal(add('a@a.test', 'remove'), undefined)
  })

  test('a push that changes nothing about the subscription keeps what is known', () => {
    add('u@a.test', 'to')
    tell(said('u@a.test/1', { status: 'busy' }))
    assert.equal(add('u@a.test', 'both'), undefined)
    assert.equal(tell(gone('u@a.test/other')), undefined)
    assert.equal(tell(gone('u@a.test/1')), 'u@a.test unavailable')
  })

  test('contacts who are one user are resources of one user, and the last one takes the user with it', () => {
    contacts = new Contacts(rules({ stripDomain: true }))
    add('u@a.test')
    add('u@chat.b.test')
    assert.equal(tell(said('u@a.test/1', { status: 'away' })), 'u away')
    assert.equal(tell(said('u@chat.b.test/1', { status: 'busy', priority: 1 })), 'u busy')
    assert.equal(tell(gone('u@chat.b.test')), 'u away')
    assert.equal(add('u@a.test', 'remove'), 'u unavailable')
    assert.equal(add('u@chat.b.test', 'remove'), 'u -')
  })
})

describe('settling', () => {
  test('everybody is complete once each user has been heard of', () => {
    assert.equal(contacts.complete, true)
    add('a@a.test')
    add('b@a.test')
    add('c@a.test', 'none')
    tell(said('a@a.test/1'))
    assert.equal(contacts.complete, false)
    tell(gone('b@a.test'))
    assert.equal(contacts.complete, true)
  })

  test('who leaves the roster unheard is not waited for', () => {
    add('a@a.test')
    add('a@a.test', 'remove')
    assert.equal(contacts.complete, true)
  })

  test('who says nothing is unavailable then, and so is every contact to come', () => {
    add('a@a.test')
    add('b@a.test')
    tell(said('a@a.test/1'))
    assert.deepEqual(contacts.settle().map(short), ['b@a.test unavailable'])
    assert.equal(add('c@a.test'), 'c@a.test unavailable')
    assert.equal(contacts.complete, true)
  })
})

describe('since', () => {
  const since = (stanza: PresenceStanza, now = NOW) => contacts.presence(stanza, now)?.publication?.since
  beforeEach(() => {
    add('u@a.test')
  })

  test('the stamp of a delay dates the status', () => {
    assert.equal(since(said('u@a.test/1', { sent: NOW - 5_000 })), NOW - 5_000)
  })

  test('without one the core dates it', () => {
    assert.equal(since(said('u@a.test/1')), undefined)
  })

  test('a stamp that lies ahead counts as now', () => {
    assert.equal(since(said('u@a.test/1', { sent: NOW + 5_000 })), NOW)
  })

  test('other words for the same status keep its date', () => {
    since(said('u@a.test/1', { sent: NOW - 5_000 }))
    assert.equal(since(said('u@a.test/1', { message: 'new', sent: NOW - 1 })), NOW - 5_000)
    assert.equal(since(said('u@a.test/2', { message: 'other', priority: 1, sent: NOW - 9_000 })), NOW - 5_000)
  })

  test('a resource that speaks because another left begins now, not when it spoke last', () => {
    since(said('u@a.test/desk', { priority: 1, sent: NOW - 1_000 }))
    since(said('u@a.test/phone', { status: 'away', sent: NOW - 5_000 }))
    const change = contacts.presence(gone('u@a.test/desk'), NOW)
    assert.deepEqual(change, { userId: 'u@a.test', publication: { status: 'away', message: '' } })
  })
})

describe('user ids', () => {
  const userId = (jid: string, more: Partial<UserIdRules> = {}) => {
    contacts = new Contacts(rules(more))
    add(jid)
    return contacts.settle()[0]?.userId
  }

  test('a leading "chat." of the domain is removed', () => {
    assert.equal(userId('u@chat.b.test'), 'u@b.test')
    assert.equal(userId('chat.u@a.test'), 'chat.u@a.test')
    assert.equal(userId('u@chat.', { domains: new Set(['chat.']) }), 'u@chat.')
  })

  test('the domain can be left out', () => {
    assert.equal(userId('u@chat.b.test', { stripDomain: true }), 'u')
  })

  test('the map of users comes first', () => {
    const mapUser = (id: string) => (id === 'u@chat.b.test' ? 'Ursula@mail.test' : undefined)
    assert.equal(userId('u@chat.b.test', { mapUser }), 'ursula@mail.test')
    assert.equal(userId('u@a.test', { mapUser, stripDomain: true }), 'u')
  })

  test('escaped characters (XEP-0106) stay as they are, and names like __proto__ are names', () => {
    assert.equal(userId('d\\27artagnan@a.test'), 'd\\27artagnan@a.test')
    assert.equal(userId('__proto__@a.test', { stripDomain: true }), '__proto__')
    assert.equal(userId('constructor@a.test'), 'constructor@a.test')
  })

  test('an id that nobody could ask for is left out', () => {
    assert.equal(userId(`${'x'.repeat(1020)}@a.test`), undefined)
  })
})
