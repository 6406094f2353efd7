// What `/` refuses: each wrong shape with its pointer, in the promised order of checks, and without echoing strangers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SavingError } from '../../../src/core/errors.ts'
import type { ProblemBody, Question, Site } from '../../support/http-site.ts'
import { authorized, problemOf, startSite } from '../../support/http-site.ts'

const ALL = ['GET', 'PUT', 'POST']
const PUBLISHING = ['PUT', 'POST']

async function refusal(site: Site, method: string, body?: unknown): Promise<ProblemBody> {
  const problem = problemOf(await site.ask(method, '/', body === undefined ? {} : { body }))
  assert.equal(problem.type, 'about:blank')
  assert.ok(problem.title.length > 0)
  assert.match(problem.detail, /^[A-Z].*\.$/)
  return problem
}

test('a body that is none, no JSON, no UTF-8 or no object is refused before anyone asks for a token', async (t) => {
  const site = await startSite(t)
  const bodies = [undefined, '', ' ', '{', '{"a":1}x', 'null', '[]', '5', '"text"', '{"a":NaN}', "{'a':1}"]
  const bytes = [Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from('{"a":"ü"}', 'latin1'), Buffer.from('{}', 'utf16le')]
  for (const method of ALL) {
    for (const body of [...bodies, ...bytes, Buffer.from('"\ud83d"', 'ucs2')]) {
      const problem = await refusal(site, method, body)
      assert.deepEqual([problem.status, problem.pointer], [400, undefined], String(body))
    }
  }
})

test('half a surrogate pair is refused wherever it stands, and a whole one is not', async (t) => {
  const site = await startSite(t)
  const whole = JSON.stringify(site.body([{ user_id: 'X' }]))
  const spots: [string, string][] = [
    ['"X"', '"\\ud83d"'],
    ['"X"', '"\\uDE00 and more"'],
    ['"X"', '"\\ude00\\ud83d"'],
    ['"Type"', '"\\uD83D":1,"Type"'],
    ['"Type"', '"Other":[[{"deep":["\\ud800"]}]],"Type"'],
  ]
  for (const [from, to] of spots) {
    const body = whole.replace(from, to)
    assert.notEqual(body, whole)
    const problem = await refusal(site, 'GET', body)
    assert.deepEqual([problem.status, /surrogate/.test(problem.detail)], [400, true], to)
  }
  const paired = await site.ask('GET', '/', { body: whole.replace('"X"', '"\\ud83d\\ude00 \\\\ud800"') })
  assert.deepEqual(JSON.parse(paired.body).UserStatus, [{ user_id: '😀 \\ud800' }])
})

test('half a surrogate pair comes in by no other door either: path, query, header, session names, the board', async (t) => {
  const site = await startSite(t, { boardPassword: 'wall' })
  const own = authorized(site, 'ada')
  // What would be one in UTF-8, which has none (RFC 3629, section 3).
  const half = '%ED%A0%80'
  const bytes = Buffer.from([0xed, 0xa0, 0x80])
  const body = { status: 'busy' }
  const written = (member: string) => `{"status":"busy","${member}":"\\ud800"}`
  for (const [method, path, asked, status] of [
    ['GET', `/v1/users/${half}`, own, 400],
    ['PUT', `/v1/users/${half}/spreed`, { ...own, body }, 400],
    ['PUT', `/v1/users/ada/${half}`, { ...own, body }, 400],
    ['DELETE', `/v1/users/${half}`, own, 400],
    ['GET', `/v1/users?user_id=${half}`, own, 400],
    ['GET', `/v1/users?domain=${half}`, own, 400],
    ['GET', `/v1/watch?user_id=${half}`, own, 400],
    ['DELETE', `/v1/users/ada/spreed?session=${half}`, own, 400],
    ['PUT', '/v1/users/ada/spreed', { ...own, body: written('session') }, 400],
    ['PUT', '/v1/users/ada/spreed', { ...own, body: written('message') }, 400],
    ['POST', '/v1/watch', { ...own, body: '{"user_ids":["\\ud800"]}' }, 400],
    ['GET', '/v1/sources', withToken(Buffer.concat([Buffer.from('1:'), bytes, Buffer.from(':x')])), 401],
    ['POST', '/board/session', { body: '{"password":"\\ud800"}' }, 400],
    ['POST', '/board/session', { body: `token=${half}` }, 401],
  ] as const) {
    const answer = await site.ask(method, path, asked)
    assert.equal(answer.status, status, `${method} ${path} ${answer.body}`)
  }
  assert.deepEqual(site.service.page({ limit: 10 }).users, [])
})

function withToken(bytes: Buffer): Question {
  return { headers: { authorization: `Bearer ${bytes.toString('base64url')}` } }
}

test('every wrong shape is refused with a pointer to the culprit', async (t) => {
  const site = await startSite(t)
  const cases: [readonly string[], unknown, string][] = [
    [ALL, site.body(undefined), '/UserStatus'],
    [ALL, site.body(null), '/UserStatus'],
    [ALL, site.body({ user_id: 'ada' }), '/UserStatus'],
    [ALL, site.body([], { Type: 'userstatus' }), '/Type'],
    [ALL, site.body([], { Type: null }), '/Type'],
    [ALL, site.body([{ user_id: 'ada' }, 'bob']), '/UserStatus/1'],
    [ALL, site.body([null]), '/UserStatus/0'],
    [ALL, site.body([['ada']]), '/UserStatus/0'],
    [ALL, site.body([{}]), '/UserStatus/0/user_id'],
    [ALL, site.body([{ user_id: '' }]), '/UserStatus/0/user_id'],
    [ALL, site.body([{ user_id: 5 }]), '/UserStatus/0/user_id'],
    [ALL, site.body([{ user_id: 'a'.repeat(1025) }]), '/UserStatus/0/user_id'],
    [ALL, site.body([{ user_id: '🙂'.repeat(1025) }]), '/UserStatus/0/user_id'],
    [PUBLISHING, site.body([{ user_id: 'ada', calendar: { status: 'away' } }]), '/UserStatus/0/calendar'],
    [PUBLISHING, site.body([{ user_id: 'ada', 'a/b~c': {} }]), '/UserStatus/0/a~1b~0c'],
    [PUBLISHING, site.body([{ user_id: 'ada', '': {} }]), '/UserStatus/0/'],
    [PUBLISHING, site.body([{ user_id: 'ada', ['x'.repeat(2000)]: {} }]), '/UserStatus/0'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: null }]), '/UserStatus/0/spreed'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: 'away' }]), '/UserStatus/0/spreed'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: ['away'] }]), '/UserStatus/0/spreed'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: {} }]), '/UserStatus/0/spreed/status'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: { status: 'Away' } }]), '/UserStatus/0/spreed/status'],
    [PUBLISHING, site.body([{ user_id: 'ada', spreed: { status: null } }]), '/UserStatus/0/spreed/status'],
    [
      PUBLISHING,
      site.body([{ user_id: 'ada', spreed: { status: 'away', message: 5 } }]),
      '/UserStatus/0/spreed/message',
    ],
    [
      PUBLISHING,
      site.body([{ user_id: 'ada', spreed: { status: 'away', message: 'x'.repeat(10_001) } }]),
      '/UserStatus/0/spreed/message',
    ],
  ]
  for (const [methods, body, pointer] of cases) {
    for (const method of methods) {
      const problem = await refusal(site, method, body)
      assert.deepEqual([problem.status, problem.pointer], [400, pointer])
    }
  }
})

test('the size is looked at before the JSON, the JSON before the token, the token before the shape', async (t) => {
  const site = await startSite(t)
  const tooLarge = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20)
  assert.equal((await refusal(site, 'PUT', tooLarge)).status, 413)
  assert.equal((await refusal(site, 'PUT', tooLarge.subarray(1))).status, 400)
  assert.equal((await refusal(site, 'PUT', '{"AuthenticationToken":"x"')).status, 400)
  assert.equal((await refusal(site, 'PUT', { Type: 'x', UserStatus: 'y' })).status, 401)
  assert.equal((await refusal(site, 'PUT', site.body('y', { Type: 'x' }))).status, 400)
})

test('nothing of a body comes back to someone without a token', async (t) => {
  const site = await startSite(t)
  const secret = 'xyzzy'
  const bodies = [
    secret,
    `{"${secret}":`,
    `{"${secret}": ${secret}}`,
    `["${secret}"]`,
    JSON.stringify({ UserStatus: [{ user_id: secret, [secret]: secret }] }),
    JSON.stringify({ AuthenticationToken: secret, UserStatus: [] }),
    JSON.stringify({ AuthenticationToken: `1:${secret}:SIG`, UserStatus: [] }),
    `{"${secret}":"\\ud800"}`,
  ]
  for (const method of ALL) {
    for (const body of bodies) assert.doesNotMatch((await site.ask(method, '/', { body })).body, /xyzzy/)
  }
  assert.doesNotMatch((await site.ask('GET', `/${secret}`)).body, /xyzzy/)
  assert.doesNotMatch((await site.ask('GET', `/v1/users/${secret}`)).body, /xyzzy/)
})

test('a failure has the same request id for the client and in the log, that of the proxy if it gives a sound one', async (t) => {
  const site = await startSite(t)
  t.mock.method(site.store, 'save', () => Promise.reject(new SavingError('the disk is full')))
  const body = site.body([{ user_id: 'ada', spreed: { status: 'busy' } }])
  const ask = async (headers = {}) => {
    const answer = await site.ask('PUT', '/', { body, headers })
    assert.equal(answer.status, 503)
    const { request_id } = JSON.parse(answer.body) as { request_id: string }
    const line = site.log.lines.find(({ fields }) => fields.request_id === request_id)
    assert.equal(line?.text, 'PUT / was answered with 503: the disk is full')
    return request_id
  }
  const [first, second] = [await ask(), await ask({ 'x-request-id': 'not a "sound" one' })]
  for (const id of [first, second]) assert.match(id, /^[\w-]{12}$/)
  assert.notEqual(first, second)
  assert.equal(await ask({ 'x-request-id': 'c0ffee:17' }), 'c0ffee:17')
  const refused = await site.ask('PUT', '/', { body: '{' })
  assert.equal('request_id' in JSON.parse(refused.body), false, 'what the client can mend needs no log')
})
