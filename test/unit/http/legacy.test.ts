// The presence resource `/`: reading, publishing, and both at once, through real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import type { Publication } from '../../../src/core/presence.ts'
import type { SectionPublication } from '../../../src/core/sources.ts'
import { Tally } from '../../../src/core/tally.ts'
import type { Site } from '../../support/http-site.ts'
import { problemOf, startSite, unwatched } from '../../support/http-site.ts'

/** Puts a user into the collector `xmpp`, as its session would. */
async function xmppSays(site: Site, userId: string, message: string): Promise<void> {
  const session = site.service.collector('xmpp')?.open(() => {})
  session?.connected('a test')
  session?.publish(userId, { status: 'busy', message })
  await site.service.idle()
}

async function read(site: Site, ...users: string[]): Promise<unknown[]> {
  const answer = await site.ask('GET', '/', { body: site.body(users.map((user_id) => ({ user_id }))) })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  const { Type, UserStatus, ...others } = JSON.parse(answer.body)
  assert.equal(Type, 'UserStatus')
  assert.deepEqual(others, {})
  return UserStatus
}

async function put(site: Site, entries: unknown): Promise<void> {
  const answer = await site.ask('PUT', '/', { body: site.body(entries) })
  assert.equal(answer.status, 200, answer.body)
}

const AWAY = { status: 'away', message: 'lunch' }
const BUSY = { status: 'busy', message: '' }

test('a state that was put is read by GET in exactly the documented bytes', async (t) => {
  const site = await startSite(t)
  await put(site, [{ user_id: 'markd@kopano.com', spreed: { status: 'available', message: 'feeling chatty..' } }])
  const answer = await site.ask('GET', '/', {
    body: site.body([{ user_id: 'markd@kopano.com' }, { user_id: 'nobody' }]),
  })
  assert.equal(
    answer.body,
    '{"Type":"UserStatus","UserStatus":[{"user_id":"markd@kopano.com","spreed":{"status":"available","message":"feeling chatty.."}},' +
      '{"user_id":"nobody"}]}',
  )
})

test('PUT answers with an empty body', async (t) => {
  const site = await startSite(t)
  const answer = await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: AWAY }]) })
  assert.deepEqual([answer.status, answer.body, answer.headers['content-length']], [200, '', '0'])
})

test('POST publishes the sections there are, then reads every entry', async (t) => {
  const site = await startSite(t)
  await put(site, [{ user_id: 'bob', spreed: BUSY }])
  const answer = await site.ask('POST', '/', {
    body: site.body([{ user_id: 'ada', spreed: AWAY }, { user_id: 'bob' }]),
  })
  assert.deepEqual(JSON.parse(answer.body).UserStatus, [
    { user_id: 'ada', spreed: AWAY },
    { user_id: 'bob', spreed: BUSY },
  ])
})

test('all sources of a user are told, each as status and message alone', async (t) => {
  const site = await startSite(t)
  await xmppSays(site, 'ada', 'on a call')
  await put(site, [{ user_id: 'ada', spreed: AWAY }])
  assert.deepEqual(await read(site, 'ada'), [
    { user_id: 'ada', xmpp: { status: 'busy', message: 'on a call' }, spreed: AWAY },
  ])
})

test('entries are answered in the order asked, repeats included, each as it was spelt', async (t) => {
  const site = await startSite(t)
  await put(site, [{ user_id: 'Jürgen@Example.com', spreed: AWAY }])
  const decomposed = 'ju\u0308rgen@example.com'
  assert.deepEqual(await read(site, 'x', 'JÜRGEN@example.COM', 'x', decomposed), [
    { user_id: 'x' },
    { user_id: 'JÜRGEN@example.COM', spreed: AWAY },
    { user_id: 'x' },
    { user_id: decomposed, spreed: AWAY },
  ])
})

test('of repeats in one request the last wins, whatever their spelling', async (t) => {
  const site = await startSite(t)
  await put(site, [
    { user_id: 'ada', spreed: BUSY },
    { user_id: 'ADA', spreed: { status: 'available' } },
    { user_id: 'Ada', spreed: AWAY },
  ])
  assert.deepEqual(await read(site, 'ada'), [{ user_id: 'ada', spreed: AWAY }])
})

test('one bad entry, and nothing of the request is applied', async (t) => {
  const site = await startSite(t)
  for (const method of ['PUT', 'POST']) {
    const body = site.body([
      { user_id: 'ada', spreed: AWAY },
      { user_id: 'bob', spreed: { status: 'asleep' } },
    ])
    const problem = problemOf(await site.ask(method, '/', { body }))
    assert.equal(problem.pointer, '/UserStatus/1/spreed/status')
  }
  assert.deepEqual(await read(site, 'ada', 'bob'), [{ user_id: 'ada' }, { user_id: 'bob' }])
})

test('a message may be missing or null, and other keys in a section are ignored', async (t) => {
  const site = await startSite(t)
  await put(site, [
    { user_id: 'ada', spreed: { status: 'away' } },
    { user_id: 'bob', spreed: { status: 'away', message: null, mood: 'good', since: 1 } },
  ])
  const silent = { status: 'away', message: '' }
  assert.deepEqual(await read(site, 'ada', 'bob'), [
    { user_id: 'ada', spreed: silent },
    { user_id: 'bob', spreed: silent },
  ])
})

test('the longest message and user id are kept, of whatever letters', async (t) => {
  const site = await startSite(t)
  const user = '🙂'.repeat(1024)
  const section = { status: 'busy', message: '𝔪'.repeat(10_000) }
  await put(site, [{ user_id: user, spreed: section }])
  assert.deepEqual(await read(site, user), [{ user_id: user, spreed: section }])
})

test('control characters, quotes and line separators come back as they were sent', async (t) => {
  const site = await startSite(t)
  const awkward = '\u0000\n"\\\u2028\u007f\u202e</script>\ufeff'
  const section = { status: 'busy', message: awkward }
  await put(site, [{ user_id: awkward, spreed: section }])
  assert.deepEqual(await read(site, awkward), [{ user_id: awkward, spreed: section }])
})

test('sections of collectors are passed over unread, and a header names them', async (t) => {
  const site = await startSite(t)
  await xmppSays(site, 'ada', 'here')
  const entry = { user_id: 'ada', irc: 5, xmpp: { status: 'nonsense' }, spreed: AWAY, asterisk: null }
  const put = await site.ask('PUT', '/', { body: site.body([entry, { user_id: 'bob', xmpp: {} }]) })
  assert.deepEqual([put.status, put.headers['presence-ignored']], [200, 'irc, xmpp, asterisk'])
  const post = await site.ask('POST', '/', { body: site.body([entry]) })
  assert.equal(post.headers['presence-ignored'], 'irc, xmpp, asterisk')
  assert.deepEqual(JSON.parse(post.body).UserStatus, [
    { user_id: 'ada', xmpp: { status: 'busy', message: 'here' }, spreed: AWAY },
  ])
})

test('an answer that passed over nothing has no such header, and GET ignores all sections', async (t) => {
  const site = await startSite(t)
  const put = await site.ask('PUT', '/', { body: site.body([{ user_id: 'ada', spreed: AWAY }]) })
  assert.equal(put.headers['presence-ignored'], undefined)
  const body = site.body([{ user_id: 'bob', xmpp: 1, nonsense: 2, spreed: { status: 'no' } }])
  const get = await site.ask('GET', '/', { body })
  assert.deepEqual([get.status, get.headers['presence-ignored']], [200, undefined])
  assert.deepEqual(JSON.parse(get.body).UserStatus, [{ user_id: 'bob' }])
})

test('what was read can be sent back', async (t) => {
  const site = await startSite(t)
  await xmppSays(site, 'ada', 'here')
  await put(site, [{ user_id: 'ada', spreed: AWAY }])
  const before = await read(site, 'ada')
  await put(site, before)
  assert.deepEqual(await read(site, 'ada'), before)
})

test('names that plain objects inherit are data like any other', async (t) => {
  const site = await startSite(t)
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  for (const name of names) {
    await put(site, [{ user_id: name, spreed: AWAY }])
    assert.deepEqual(await read(site, name), [{ user_id: name, spreed: AWAY }])
    const entries = `[{"user_id":"ada","${name}":{"status":"away"}}]`
    const body = JSON.stringify(site.body('ENTRIES')).replace('"ENTRIES"', entries)
    const problem = problemOf(await site.ask('PUT', '/', { body }))
    assert.deepEqual([problem.status, problem.pointer], [400, `/UserStatus/0/${name}`])
  }
})

test('a request may be empty, or publish nothing', async (t) => {
  const site = await startSite(t)
  assert.deepEqual(await read(site), [])
  await put(site, [])
  await put(site, [{ user_id: 'ada' }])
  const type = await site.ask('GET', '/', {
    body: { AuthenticationToken: site.token(), UserStatus: [], Colour: 'red' },
  })
  assert.equal(type.status, 200)
})

test('ten thousand entries are answered, however long that gets, and one more is refused', async (t) => {
  const site = await startSite(t)
  const message = 'm'.repeat(1000)
  await put(site, [{ user_id: 'ada', spreed: { status: 'busy', message } }])
  const users = Array<string>(10_000).fill('ada')
  const answers = await read(site, ...users)
  assert.equal(answers.length, 10_000)
  assert.deepEqual(new Set(answers.map((entry) => JSON.stringify(entry))).size, 1)
  for (const method of ['GET', 'PUT', 'POST']) {
    const body = site.body([...users, 'ada'].map((user_id) => ({ user_id })))
    const problem = problemOf(await site.ask(method, '/', { body }))
    assert.deepEqual([problem.status, problem.pointer], [413, '/UserStatus'])
  }
})

test('a PUT is answered only when it is saved', async (t) => {
  const site = await startSite(t)
  const release = site.store.holdSaves()
  const answers: string[] = []
  const publishing = put(site, [{ user_id: 'ada', spreed: AWAY }]).then(() => answers.push('put'))
  await read(site, 'ada').then((entries) => {
    assert.deepEqual(entries, [{ user_id: 'ada' }])
    answers.push('read')
  })
  release()
  await publishing
  assert.deepEqual(answers, ['read', 'put'])
})

test('what can not be saved is answered with 503 and when to come again', async (t) => {
  const site = await startSite(t)
  site.store.failSaves(new Error('disk full'))
  for (const method of ['PUT', 'POST']) {
    const answer = await site.ask(method, '/', { body: site.body([{ user_id: 'ada', spreed: AWAY }]) })
    assert.equal(problemOf(answer).status, 503)
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
    assert.doesNotMatch(answer.body, /disk/)
  }
  site.store.failSaves()
})

test('a defect inside is answered with 500, told to the log and not to the client', async (t) => {
  const broken = {
    publish: (_sections: readonly SectionPublication[]) => Promise.reject(new Error('inner affairs')),
    read: () => {
      throw new Error('inner affairs')
    },
    lasting: () => undefined,
    tellSections: () => {
      throw new Error('inner affairs')
    },
    userOf: (_source: string, userId: string) => userId,
    kindOf: () => 'publishable' as const,
    publishable: () => ({ accept: (publication: Publication) => publication, withdrawn: () => undefined }),
    pending: () => [],
    sources: () => [],
    forget: () => Promise.reject(new SavingError('x')),
    page: () => ({ users: [], nextCursor: undefined }),
    watching: unwatched(),
    tally: new Tally(),
    store: { connected: true, since: 0, complete: true },
  }
  const site = await startSite(t, { service: broken })
  for (const method of ['GET', 'PUT']) {
    const answer = await site.ask(method, '/', { body: site.body([{ user_id: 'ada', spreed: AWAY }]) })
    assert.equal(problemOf(answer).status, 500)
    assert.doesNotMatch(answer.body, /inner/)
  }
  assert.equal(
    site.log.lines.filter(({ level, text }) => level === 'error' && text.includes('inner affairs')).length,
    2,
  )
})

test('manual is published with a token of the user themself, whatever its spelling, and by nobody else', async (t) => {
  const site = await startSite(t)
  const ask = (user_id: string) =>
    site.ask('PUT', '/', {
      body: site.body([
        { user_id: 'other', spreed: AWAY },
        { user_id, manual: AWAY },
      ]),
    })
  const refused = await ask('ada')
  assert.deepEqual([problemOf(refused).status, problemOf(refused).pointer], [403, '/UserStatus/1/manual'])
  assert.equal(site.service.read('other').sources.size, 0, 'nothing of the request is applied')
  assert.equal((await ask('MarkD@Kopano.com')).status, 200)
  assert.ok(site.service.read('markd@kopano.com').sources.has('manual'))
})

test('a status of null takes manual back, and is an error for spreed', async (t) => {
  const site = await startSite(t)
  const put = (section: object) =>
    site.ask('PUT', '/', { body: site.body([{ user_id: 'markd@kopano.com', ...section }]) })
  await put({ manual: AWAY })
  assert.equal((await put({ manual: { status: null } })).status, 200)
  assert.equal(site.service.read('markd@kopano.com').sources.size, 0)
  assert.equal(problemOf(await put({ spreed: { status: null } })).pointer, '/UserStatus/0/spreed/status')
})
