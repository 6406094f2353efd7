// The commands that ask a running daemon, against an HTTP server with prepared answers.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { addressOf } from '../../../src/cli/daemon-client.ts'
import { createToken } from '../../../src/core/tokens.ts'
import { startCannedDaemon, tokenOf } from '../../support/canned-daemon.ts'
import { command, NOW } from '../../support/command-line.ts'
import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const DOCUMENT = {
  user_id: 'u@x',
  status: 'busy',
  message: 'on a call',
  source: 'xmpp',
  since: '2026-11-23T09:12:44.120Z',
  stale: true,
  pending: ['irc'],
  sources: {},
}

suite('kopano-presence token', () => {
  test('prints a token made with server_secret_key, and nothing else', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = GEHEIM\nunknown = 1\n')
    const { code, out, err } = await command(folder, ['token', 'markd@zarafa.com'], { now: () => 1_415_697_944_999 })
    assert.equal(code, 0)
    assert.deepEqual(out, ['1415697944:markd@zarafa.com:SLDJMBNNFNN5/RIXFJPXVKCKNV6SBHYGLFLE5G/TVLY='])
    assert.deepEqual(err, [])
  })

  test('takes the secret that the daemon keeps when presence.cfg has none, or when there is no presence.cfg', async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(`${folder}/data`)
    writeFileSync(`${folder}/data/secret`, 'kept\n')
    const expected = createToken('kept', 'u@x', NOW / 1000)
    assert.deepEqual((await command(folder, ['token', 'u@x'])).out, [expected])
    writeFileSync(`${folder}/other.cfg`, `data_path = ${folder}/data\n`)
    assert.deepEqual((await command(folder, ['-C', `${folder}/other.cfg`, 'token', 'u@x'])).out, [expected])
    assert.deepEqual((await command(folder, ['token', 'u@x', '--config', `${folder}/other.cfg`])).out, [expected])
  })

  test('says what to do when there is no secret yet', async (t) => {
    const { code, out, err } = await command(temporaryFolder(t), ['token', 'u@x'])
    assert.equal(code, 1)
    assert.deepEqual(out, [])
    assert.match(err.join(), /no secret to make a token with: .*data\/secret.*; start the daemon once/)
  })
})

suite('kopano-presence get', () => {
  test('asks the daemon of presence.cfg for each user with a token of their own, and prints a line each', async (t) => {
    const folder = temporaryFolder(t)
    const nobody = {
      ...DOCUMENT,
      user_id: 'n@x',
      status: 'unavailable',
      message: '',
      source: null,
      since: null,
      stale: false,
      pending: [],
    }
    const daemon = await startCannedDaemon(t, ({ url }) => ({
      body: JSON.stringify(url?.endsWith('n%40x') ? nobody : DOCUMENT),
    }))
    writeFileSync(
      `${folder}/presence.cfg`,
      `server_secret_key = s\nserver_bind = 0.0.0.0\nserver_port = ${daemon.port}\n`,
    )
    const { code, out } = await command(folder, ['get', 'u@x', 'n@x'])
    assert.equal(code, 0)
    assert.deepEqual(out, [
      'u@x: busy "on a call" (xmpp since 2026-11-23T09:12:44Z, stale, not yet settled: irc)',
      'n@x: unavailable (nothing is known)',
    ])
    assert.deepEqual(
      daemon.asked.map(tokenOf),
      ['u@x', 'n@x'].map((user) => createToken('s', user, NOW / 1000)),
    )
  })

  test('lets nothing through to the terminal that could act on it', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const evil = { ...DOCUMENT, message: '\u001b]0;x\u0007\u202etxt\nu@x: available' }
    const { url } = await startCannedDaemon(t, () => ({ body: JSON.stringify(evil) }))
    const line = await command(folder, ['get', 'u@x', '--url', url])
    assert.equal(line.out.length, 1)
    assert.match(line.out[0] ?? '', /busy "\ufffd\]0;x\ufffd\ufffdtxt\ufffdu@x: available"/)
    const json = await command(folder, ['get', '--json', 'u@x', '--url', url])
    assert.match(json.out[0] ?? '', /\\u202etxt/)
    assert.deepEqual(JSON.parse(json.out[0] ?? ''), evil)
  })

  test('says that nobody answers, where, why and what to do', async (t) => {
    const folder = temporaryFolder(t)
    const port = await freePort()
    writeFileSync(`${folder}/presence.cfg`, `server_secret_key = s\nserver_port = ${port}\n`)
    const { code, out, err } = await command(folder, ['get', 'u@x'])
    assert.equal(code, 1)
    assert.deepEqual(out, [])
    assert.equal(
      err.join(),
      `No answer from http://127.0.0.1:${port}/ (connect ECONNREFUSED 127.0.0.1:${port}). Start the daemon with "kopano-presence serve", or name its address with --url.`,
    )
  })

  test("hands on the daemon's refusal, harmless for the terminal", async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const detail = 'The signature is wrong.\u001b[2J'
    const { url } = await startCannedDaemon(t, () => ({ status: 401, body: JSON.stringify({ detail }) }))
    const { code, err } = await command(folder, ['get', 'u@x', '--url', url])
    assert.equal(code, 1)
    assert.match(
      err.join(),
      /The daemon refused: The signature is wrong\.\ufffd\[2J .*presence\.cfg.*CREDENTIALS_DIRECTORY/,
    )
  })

  test('reaches wildcard and IPv6 addresses over loopback, and a free port only by --url', () => {
    assert.equal(addressOf({ server_bind: '0.0.0.0', server_port: 1 }), 'http://127.0.0.1:1')
    assert.equal(addressOf({ server_bind: '::', server_port: 1 }), 'http://[::1]:1')
    assert.equal(addressOf({ server_bind: 'fd00::1', server_port: 2 }), 'http://[fd00::1]:2')
    assert.equal(addressOf({ server_bind: 'host', server_port: 3 }), 'http://host:3')
    assert.throws(() => addressOf({ server_bind: '127.0.0.1', server_port: 0 }), /name it with --url/)
  })
})

suite('kopano-presence set, withdraw and forget', () => {
  test('set publishes the spreed section of the user with a token of their own', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    const { code } = await command(folder, ['set', 'u@x', 'away', '--url', daemon.url, '--', '-lunch-'])
    assert.equal(code, 0)
    const [request] = daemon.asked
    assert.equal(`${request?.method} ${request?.url}`, 'PUT /v1/users/u%40x/spreed')
    assert.deepEqual(JSON.parse(request?.body ?? ''), { status: 'away', message: '-lunch-' })
    assert.equal(tokenOf(request), createToken('s', 'u@x', NOW / 1000))
  })

  test('set names another source and a lifetime, withdraw takes it back', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(DOCUMENT) }))
    const manual = ['--url', daemon.url, '--source', 'manual']
    assert.equal((await command(folder, ['set', 'u@x', 'busy', ...manual, '--expires-in', '3600'])).code, 0)
    assert.equal((await command(folder, ['withdraw', 'u@x', ...manual])).code, 0)
    assert.equal((await command(folder, ['withdraw', 'u@x', '--url', daemon.url])).code, 0)
    const [set, ...withdrawn] = daemon.asked
    assert.equal(`${set?.method} ${set?.url}`, 'PUT /v1/users/u%40x/manual')
    assert.deepEqual(JSON.parse(set?.body ?? ''), { status: 'busy', message: '', expires_in: 3600 })
    assert.deepEqual(
      withdrawn.map(({ method, url }) => `${method} ${url}`),
      ['DELETE /v1/users/u%40x/manual', 'DELETE /v1/users/u%40x/spreed'],
    )
    assert.equal(tokenOf(withdrawn[0]), createToken('s', 'u@x', NOW / 1000))
  })

  test('forget deletes the user with a token of their own', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const daemon = await startCannedDaemon(t, () => ({ status: 204 }))
    const { code } = await command(folder, ['forget', 'u@x', '--url', daemon.url])
    assert.equal(code, 0)
    const [request] = daemon.asked
    assert.equal(`${request?.method} ${request?.url}`, 'DELETE /v1/users/u%40x')
    assert.equal(tokenOf(request), createToken('s', 'u@x', NOW / 1000))
  })
})

suite('kopano-presence sources', () => {
  test('prints a table in which nothing can act on the terminal, or what the daemon answers', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const times = { since: '2026-11-23T09:12:44.120Z' }
    const sources = [
      { name: 'spreed', kind: 'publishable', state: 'ready', ...times, users: 12, detail: '' },
      { name: 'xmpp', kind: 'collector', state: 'lost', ...times, users: 3, detail: '连接\u001b[2J\u202e' },
    ]
    const answer = { node: 'n', sources }
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify(answer) }))
    assert.deepEqual((await command(folder, ['sources', '--url', daemon.url])).out, [
      'SOURCE  KIND         STATE  SINCE                 USERS  DETAIL',
      'spreed  publishable  ready  2026-11-23T09:12:44Z  12',
      'xmpp    collector    lost   2026-11-23T09:12:44Z  3      连接\ufffd[2J\ufffd',
    ])
    assert.equal(tokenOf(daemon.asked[0]), createToken('s', 'kopano-presence:reader-host', NOW / 1000))
    const { out } = await command(folder, ['sources', '--json', '--as', 'u@x', '--url', daemon.url])
    assert.deepEqual(JSON.parse(out.join('')), answer)
    assert.equal(tokenOf(daemon.asked[1]), createToken('s', 'u@x', NOW / 1000))
  })

  test('what the daemon tells trusted users only is a dash for others', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
    const source = { name: 'xmpp', kind: 'collector', state: 'lost', since: '2026-11-23T09:12:44.120Z' }
    const daemon = await startCannedDaemon(t, () => ({ body: JSON.stringify({ node: 'n', sources: [source] }) }))
    assert.deepEqual((await command(folder, ['sources', '--as', 'u@x', '--url', daemon.url])).out, [
      'SOURCE  KIND       STATE  SINCE                 USERS  DETAIL',
      'xmpp    collector  lost   2026-11-23T09:12:44Z  -      -',
    ])
  })
})
