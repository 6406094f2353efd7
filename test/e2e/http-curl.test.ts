// The old interface as people use it: curl against the running daemon.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startChild } from '../support/children.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

const run = promisify(execFile)
const KEY = 'GEHEIM'

/** As an old client makes one on a command line, and as PHP and Python make it: the base64 in upper case. */
const TOKEN_SCRIPT = `text="$(date +%s):$1"
signature="$(printf %s "$text" | openssl dgst -sha256 -hmac ${KEY} -binary | openssl base64 -A)"
[ "$2" = upper ] && signature="$(printf %s "$signature" | tr a-z A-Z)"
printf %s "$text:$signature"`

let daemon: Daemon

before(async () => {
  daemon = await startDaemon({ config: { plugins: 'spreed', server_secret_key: KEY } })
})

after(() => daemon.stop())

async function token(user = 'markd@kopano.com', style: 'upper' | 'plain' = 'upper'): Promise<string> {
  return (await run('sh', ['-c', TOKEN_SCRIPT, 'sh', user, style])).stdout
}

interface CurlAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Runs curl with these arguments on `/`. */
async function curl(...args: string[]): Promise<CurlAnswer> {
  const { stdout } = await run('curl', ['-s', '-S', '-i', '--max-time', '20', ...args, `${daemon.url}/`], {
    maxBuffer: 64 * 1024 * 1024,
  })
  const [head = '', ...body] = stdout.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '').split('\r\n\r\n')
  return { status: Number(head.slice(9, 12)), head, body: body.join('\r\n\r\n') }
}

const EXAMPLE = {
  user_id: 'markd@kopano.com',
  xmpp: { status: 'available', message: '' },
  spreed: { status: 'available', message: 'feeling chatty..' },
}
const STORED = { user_id: EXAMPLE.user_id, spreed: EXAMPLE.spreed }

async function exampleBody(entries: readonly unknown[] = [EXAMPLE]): Promise<string> {
  return JSON.stringify({ AuthenticationToken: await token(), Type: 'UserStatus', UserStatus: entries })
}

for (const version of ['--http1.0', '--http1.1']) {
  for (const type of [['-H', 'Content-Type: application/json'], ['-H', 'Content-Type:'], []]) {
    test(`the documented example is put, then read by GET and by POST: curl ${[version, ...type].join(' ')}`, async () => {
      const body = await exampleBody()
      const put = await curl(version, ...type, '-X', 'PUT', '-d', body)
      assert.deepEqual([put.status, put.body], [200, ''])
      assert.match(put.head, /\r\npresence-ignored: xmpp(\r\n|$)/i)
      for (const method of ['GET', 'POST']) {
        const read = await curl(version, ...type, '-X', method, '-d', body)
        assert.equal(read.status, 200, read.body)
        assert.deepEqual(JSON.parse(read.body), { Type: 'UserStatus', UserStatus: [STORED] })
        assert.match(read.head, /\r\ncache-control: private, no-store(\r\n|$)/i)
      }
    })
  }
}

test('Basic credentials beside the token, chunked bodies and -d with a file of bytes all work', async () => {
  const body = await exampleBody()
  const odd = [
    ['-u', 'presence:presence'],
    ['-H', 'Transfer-Encoding: chunked'],
    ['-H', 'Expect: 100-continue'],
    ['-H', 'Content-Type: text/plain; charset=latin1'],
    ['-H', 'Host:'],
    ['--http1.0', '-H', 'Connection: keep-alive'],
  ]
  for (const args of odd) {
    const answer = await curl(...args, '-X', 'POST', '--data-binary', body)
    assert.equal(answer.status, 200, `${args.join(' ')}: ${answer.body}`)
    assert.deepEqual(JSON.parse(answer.body).UserStatus, [STORED])
  }
})

test('tokens count in upper case and as base64 gives them, in the body and in the header', async () => {
  for (const style of ['upper', 'plain'] as const) {
    const made = await token('a:b@example.com', style)
    const inBody = await curl('-X', 'GET', '-d', JSON.stringify({ AuthenticationToken: made, UserStatus: [] }))
    assert.equal(inBody.status, 200)
    const inHeader = await curl('-X', 'GET', '-H', `Authorization: Bearer ${made}`, '-d', '{"UserStatus":[]}')
    assert.equal(inHeader.status, 200)
  }
  const umlaut = await token('jürgen@example.com')
  const header = await curl('-X', 'GET', '-H', `Authorization: Bearer ${umlaut}`, '-d', '{"UserStatus":[]}')
  assert.equal(header.status, 200, header.body)
  const wrong = await curl('-X', 'GET', '-d', JSON.stringify({ AuthenticationToken: `${umlaut}x`, UserStatus: [] }))
  assert.deepEqual([wrong.status, /\r\nwww-authenticate: Bearer/i.test(wrong.head)], [401, true])
})

test("bodies are understood as PHP's and Python's encoders write them", async () => {
  const made = await token('jürgen@example.com')
  // PHP escapes slashes and all that is not ASCII; Python puts spaces after commas and colons.
  const escaped = (text: string) =>
    text.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const entry = { user_id: 'jürgen@example.com', spreed: { status: 'busy', message: 'a/b 🙂' } }
  const plain = JSON.stringify({ AuthenticationToken: made, Type: 'UserStatus', UserStatus: [entry] })
  const php = escaped(plain).replaceAll('/', '\\/')
  const python = escaped(JSON.stringify(JSON.parse(plain), undefined, 1).replaceAll('\n', ' '))
  for (const body of [php, python]) {
    const answer = await curl('-X', 'POST', '-d', body)
    assert.deepEqual([answer.status, JSON.parse(answer.body).UserStatus], [200, [entry]])
  }
})

test('a batch is answered in order, with its repeats, in the spelling asked, and without what is unknown', async () => {
  const entries = [
    { user_id: 'batch@x', spreed: { status: 'busy', message: 'first' } },
    { user_id: 'unknown@x' },
    { user_id: 'BATCH@x', spreed: { status: 'away', message: 'last' } },
  ]
  const answer = await curl('-X', 'POST', '-d', await exampleBody(entries))
  const last = { status: 'away', message: 'last' }
  assert.deepEqual(JSON.parse(answer.body).UserStatus, [
    { user_id: 'batch@x', spreed: last },
    { user_id: 'unknown@x' },
    { user_id: 'BATCH@x', spreed: last },
  ])
})

test('HEAD needs nothing, a body that is too large is refused with 413, another method with 405', async () => {
  assert.equal((await curl('-I')).status, 200)
  assert.equal((await curl('-X', 'DELETE')).status, 405)
  const large = `${daemon.folder}/large`
  await run('truncate', ['-s', '6M', large])
  for (const version of ['--http1.0', '--http1.1']) {
    const answer = await curl(version, '-X', 'PUT', '--data-binary', `@${large}`)
    assert.match(answer.head, /^HTTP\/1.1 413 .*application\/problem\+json/s)
  }
})

test('curl -N shows a stream that one can read along: everybody asked, ready, and each change as it happens', async (t) => {
  const child = await startChild('curl', [
    ...['-s', '-S', '-N', '-H', `Authorization: Bearer ${await token()}`],
    `${daemon.url}/v1/watch?user_id=seen@x&user_id=Nobody@x`,
  ])
  t.after(() => child.end())
  await child.waitForLine(/^event: ready$/)
  await child.waitForLine(/^data: \{"complete":true\}$/)
  const shown = child.lines.length
  await curl('-X', 'PUT', '-d', await exampleBody([{ user_id: 'seen@x', spreed: { status: 'busy', message: 'é 🙂' } }]))
  await child.waitForLine(/^data: .*"status":"busy","message":"é 🙂"/, { after: shown })
  assert.ok(child.running())
  const [events, after] = [child.lines.slice(0, shown), child.lines.slice(shown)]
  assert.deepEqual(
    events.map((line) => line.replace(/^(data: \{"user_id":"[^"]*"|id: ).*$/, '$1')),
    [
      ...['event: presence', 'data: {"user_id":"seen@x"', ''],
      ...['event: presence', 'data: {"user_id":"Nobody@x"', ''],
      ...['event: ready', 'id: ', 'data: {"complete":true}', ''],
    ].slice(0, shown),
  )
  assert.deepEqual(
    after.filter((line) => line !== '').map((line) => line.replace(/ .*$/, '')),
    ['event:', 'id:', 'data:'],
  )
})
