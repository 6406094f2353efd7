// The client against an HTTP server with prepared answers.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PresenceClient, ProblemError, UnreachableError } from '../../../src/client/index.ts'
import { startCannedDaemon, tokenOf } from '../../support/canned-daemon.ts'
import { freePort } from '../../support/free-port.ts'

const DOCUMENT = {
  user_id: 'mark d@example.com',
  status: 'busy',
  message: '',
  source: 'xmpp',
  since: '2026-11-23T09:12:44.120Z',
  stale: false,
  pending: [],
  sources: {},
}

function clientOf(url: string, token = '1:é😀@x:S'): PresenceClient {
  return new PresenceClient({ url, token: () => Promise.resolve(token) })
}

suite('the client', () => {
  test('asks for a user by a path in which everything is encoded, with the token as base64url of its UTF-8', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    assert.deepEqual(await clientOf(`${daemon.url}/presence`).get('a/b?c#%😀@x'), DOCUMENT)
    const [request] = daemon.asked
    assert.equal(request?.method, 'GET')
    assert.equal(request?.url, '/presence/v1/users/a%2Fb%3Fc%23%25%F0%9F%98%80%40x')
    assert.equal(tokenOf(request), '1:é😀@x:S')
  })

  test('publishes one section of one user, with its lifetime or its session', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    const client = clientOf(daemon.url)
    assert.deepEqual(await client.set('u@x', 'a/b', { status: 'away', message: 'Mittag', expiresIn: 60 }), DOCUMENT)
    await client.set('u@x', 'spreed', { status: 'busy', session: 's' })
    assert.deepEqual(
      daemon.asked.map(({ method, url, body }) => [method, url, JSON.parse(body)]),
      [
        ['PUT', '/v1/users/u%40x/a%2Fb', { status: 'away', message: 'Mittag', expires_in: 60 }],
        ['PUT', '/v1/users/u%40x/spreed', { status: 'busy', message: '', session: 's' }],
      ],
    )
  })

  test('withdraws a section, or one session of it', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    assert.deepEqual(await clientOf(daemon.url).withdraw('u@x', 'manual'), DOCUMENT)
    await clientOf(daemon.url).withdraw('u@x', 'spreed', { session: 'a b&' })
    assert.deepEqual(
      daemon.asked.map(({ method, url }) => `${method} ${url}`),
      ['DELETE /v1/users/u%40x/manual', 'DELETE /v1/users/u%40x/spreed?session=a%20b%26'],
    )
  })

  test('asks for many users in portions, and gives them in order', async (t) => {
    const sizes: number[] = []
    const daemon = await startCannedDaemon(t, ({ body }) => {
      const userIds: string[] = JSON.parse(body).user_ids
      sizes.push(userIds.length)
      return { body: JSON.stringify({ users: userIds.map((user_id) => ({ ...DOCUMENT, user_id })) }) }
    })
    const userIds = Array.from({ length: 1_001 }, (_, index) => `u${index}`)
    const documents = await clientOf(daemon.url).getMany(userIds)
    assert.deepEqual(sizes, [500, 500, 1])
    assert.equal(`${daemon.asked[0]?.method} ${daemon.asked[0]?.url}`, 'POST /v1/users/query')
    assert.deepEqual(
      documents.map(({ user_id }) => user_id),
      userIds,
    )
  })

  test('does not take fewer users than it asked for as an answer', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify({ users: [DOCUMENT] }) }))
    await assert.rejects(clientOf(daemon.url).getMany(['a', 'b']), UnreachableError)
  })

  test('tells of the sources', async (t) => {
    const source = {
      name: 'xmpp',
      kind: 'collector',
      state: 'lost',
      since: '2026-11-23T09:12:44Z',
      users: 3,
      detail: '',
    }
    const bodies = [
      { node: 'n', sources: [source] },
      { node: 'n', sources: [{ ...source, users: '3' }] },
    ]
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(bodies.shift()) }))
    assert.deepEqual(await clientOf(daemon.url).sources(), { node: 'n', sources: [source] })
    await assert.rejects(clientOf(daemon.url).sources(), UnreachableError)
  })

  test('asks for a fresh token when one is refused, once', async (t) => {
    const daemon = await startCannedDaemon(t, (request) =>
      tokenOf(request) === 'new' ? { body: JSON.stringify(DOCUMENT) } : { status: 401 },
    )
    const client = new PresenceClient({ url: daemon.url, token: ({ fresh }) => (fresh ? 'new' : 'old') })
    assert.deepEqual(await client.get('u'), DOCUMENT)
    assert.deepEqual(daemon.asked.map(tokenOf), ['old', 'new'])
    const stubborn = new PresenceClient({ url: daemon.url, token: () => 'same' })
    await assert.rejects(stubborn.get('u'), ProblemError)
    assert.equal(daemon.asked.length, 3)
  })

  test('deletes a user to forget them', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({ status: 204 }))
    await clientOf(daemon.url).forget('u@x')
    assert.equal(`${daemon.asked[0]?.method} ${daemon.asked[0]?.url}`, 'DELETE /v1/users/u%40x')
  })

  test('hands on the problem document of a refusal, and makes one when there is none', async (t) => {
    const problem = { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'No.', pointer: '/a' }
    const bodies = [JSON.stringify(problem), '<html>']
    const daemon = await startCannedDaemon(t, () => ({ status: 400, body: bodies.shift() ?? '' }))
    await assert.rejects(clientOf(daemon.url).get('u'), (error) => {
      assert(error instanceof ProblemError)
      assert.deepEqual(error.problem, problem)
      return true
    })
    await assert.rejects(clientOf(daemon.url).get('u'), (error) => {
      assert(error instanceof ProblemError)
      assert.equal(error.problem.status, 400)
      return true
    })
  })

  test('believes nobody who answers with something else than a presence document', async (t) => {
    const bodies = [
      '',
      'null',
      '[]',
      '"x"',
      JSON.stringify({ ...DOCUMENT, status: 'gone' }),
      JSON.stringify({ ...DOCUMENT, sources: null }),
    ]
    const daemon = await startCannedDaemon(t, () => ({ body: bodies.shift() ?? '' }))
    for (const _ of [...bodies]) await assert.rejects(clientOf(daemon.url).get('u'), UnreachableError)
    assert.equal(daemon.asked.length, 6)
  })

  test('follows no redirection, since that would carry the token elsewhere', async (t) => {
    const elsewhere = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    const daemon = await startCannedDaemon(t, () => ({ status: 307, headers: { location: elsewhere.url } }))
    await assert.rejects(clientOf(daemon.url).get('u'), UnreachableError)
    assert.equal(elsewhere.asked.length, 0)
  })

  test('reads no endless answer', async (t) => {
    const daemon = await startCannedDaemon(t, () => ({
      body: JSON.stringify({ ...DOCUMENT, message: 'x'.repeat(5_000_000) }),
    }))
    await assert.rejects(clientOf(daemon.url).get('u'), (error) => {
      assert(error instanceof UnreachableError && error.cause instanceof Error)
      assert.match(error.cause.message, /longer than/)
      return true
    })
  })

  test('tells the cause when nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await assert.rejects(clientOf(url).get('u'), (error) => {
      assert(error instanceof UnreachableError)
      assert.equal(error.message, `No answer from ${url}/`)
      assert(error.cause instanceof Error)
      return true
    })
  })

  test('refuses the two user ids that no URL can hold, and a URL that is none', async () => {
    const nowhere = clientOf('http://127.0.0.1:9')
    await assert.rejects(nowhere.get('..'), TypeError)
    await assert.rejects(nowhere.set('u', '.', { status: 'away' }), TypeError)
    assert.throws(() => clientOf('presence.example.com'), TypeError)
  })
})
