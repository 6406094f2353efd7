// The session of the page: what it sends, which tokens it keeps, and what it does when there is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, Refusal, Session, SignedOut } from '../../../src/board/session.ts'

interface Told {
  readonly status: number
  readonly body?: unknown
}

function stage(...answers: readonly Told[]) {
  const queue = [...answers]
  const asked: Array<readonly [path: string, body: unknown]> = []
  const events: unknown[] = []
  const clock = { now: 0 }
  const session = new Session({
    fetch: (path, init) => {
      asked.push([path, typeof init.body === 'string' ? JSON.parse(init.body) : undefined])
      const next = queue.shift()
      if (next === undefined) return Promise.reject(new TypeError('Failed to fetch'))
      const { status, body } = next
      return Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status }))
    },
    now: () => clock.now,
    onSignedOut: (ways) => events.push(ways),
    onOther: () => events.push('other'),
  })
  return { session, asked, events, clock }
}

const bought = (token: string, user_id: string | null = 'you@x'): Told => ({
  status: 200,
  body: { token, user_id, read_only: user_id === null, expires_in: 300 },
})
const SIGNED_OUT: Told = { status: 401, body: { detail: 'Nobody is signed in.', sign_in: { password: true } } }

test('a code is exchanged for a session, and the session for a token', async () => {
  const { session, asked } = stage({ status: 200, body: {} }, bought('one'))
  await session.signIn({ code: 'abc' })
  assert.deepEqual(asked, [
    ['session', { code: 'abc' }],
    ['token', undefined],
  ])
  assert.deepEqual(session.who, { userId: 'you@x', readOnly: false })
})

test('a token is kept until shortly before its end, and a fresh one is bought on request', async () => {
  const { session, asked, clock } = stage(bought('one'), bought('two'), bought('three'))
  assert.equal(await session.token({ fresh: false }), 'one')
  clock.now = 284_000
  assert.equal(await session.token({ fresh: false }), 'one')
  clock.now = 286_000
  assert.equal(await session.token({ fresh: false }), 'two')
  assert.equal(await session.token({ fresh: true }), 'three')
  assert.equal(asked.length, 3)
})

test('several who ask at once get one token', async () => {
  const { session, asked } = stage(bought('one'))
  const tokens = await Promise.all([session.token({ fresh: true }), session.token({ fresh: false })])
  assert.deepEqual([tokens, asked.length], [['one', 'one'], 1])
})

test('a session that is over is told with the ways in, and its token is used no more', async () => {
  const { session, events } = stage(bought('one'), SIGNED_OUT, SIGNED_OUT)
  await session.token({ fresh: false })
  await assert.rejects(session.token({ fresh: true }), SignedOut)
  await assert.rejects(session.token({ fresh: false }), /Nobody is signed in/)
  assert.deepEqual(events, [{ password: true }, { password: true }])
  assert.equal(session.who, undefined)
})

test('a refusal says what the daemon says', async () => {
  const { session } = stage({ status: 429, body: { detail: 'Wait 30 s.' } }, { status: 500 })
  await assert.rejects(
    session.signIn({ password: 'x' }),
    (error) => error instanceof Refusal && error.message === 'Wait 30 s.',
  )
  await assert.rejects(session.signIn({ password: 'x' }), /status 500/)
})

test('a daemon that does not answer is no sign-out', async () => {
  const { session, events } = stage({ status: 503, body: { detail: 'The daemon is stopping.' } })
  await assert.rejects(session.token({ fresh: false }), /The daemon is stopping/)
  await assert.rejects(session.token({ fresh: false }), TypeError)
  assert.deepEqual(events, [])
})

test('somebody else who signed in, in another tab, is noticed', async () => {
  const { session, events } = stage(bought('one'), bought('two'), bought('three', null))
  await session.token({ fresh: true })
  await session.token({ fresh: true })
  assert.deepEqual(events, [])
  await session.token({ fresh: true })
  assert.deepEqual(events, ['other'])
})

test('a board opened by its password is for reading only, and so is one that does not say', async () => {
  const { session } = stage(bought('one', null), { status: 200, body: { token: 'x', expires_in: 1 } })
  await session.token({ fresh: true })
  assert.deepEqual(session.who, { userId: null, readOnly: true })
  await session.token({ fresh: true })
  assert.equal(session.who?.readOnly, true)
})

test('the code of a link stands in its fragment', () => {
  assert.equal(codeOf('#code=a-b_c'), 'a-b_c')
  assert.deepEqual(
    [codeOf(''), codeOf('#'), codeOf('#code='), codeOf('#other=1')],
    [undefined, undefined, undefined, undefined],
  )
})
