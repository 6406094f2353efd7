// What an administrator reads of an ordinary day at the default level: next to nothing.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { startProsody } from '../support/prosody.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { online, says, xmppConfig } from '../support/xmpp-suite.ts'

suite('a day of the daemon with Prosody', () => {
  let server: XmppServer
  let daemon: Daemon

  before(async () => {
    server = await startProsody({ users: ['ada', 'bob'] })
    daemon = await startDaemon({ config: { ...xmppConfig(server), log_level: 3, spreed_auto_unavailable: 0.01 } })
  })
  after(async () => {
    await daemon?.stop()
    await server?.stop()
  })

  test('logs when it begins, is cut off, is back, is reloaded and ends, and nothing else', {
    timeout: 120_000,
  }, async () => {
    await daemon.sourceIs('settled')
    const ada = await online(server, 'ada', { status: 'hello' })
    await says(daemon, `ada@${server.domain}`, 'available', 'hello')
    for (let day = 0; day < 50; day += 1) {
      await daemon.put([{ user_id: `web${day % 5}@${server.domain}`, spreed: { status: 'busy', message: `${day}` } }])
    }
    // Their deadlines pass, and somebody asks for what is not there, wrongly and without a token.
    await daemon.documentWhen(`web0@${server.domain}`, ({ status }) => status === 'unavailable')
    for (const path of ['/nothing', '/v1/users/']) await daemon.ask('GET', path)
    await daemon.ask('PUT', '/', { UserStatus: 'wrong' })
    await fetch(`${daemon.url}/v1/sources`)
    await ada.close()
    await says(daemon, `ada@${server.domain}`, 'unavailable')
    const before = daemon.logLines.length
    assert.equal(before, 1, daemon.logLines.join('\n'))
    await server.shutdown()
    await daemon.sourceIs('lost')
    await server.start()
    await daemon.sourceIs('settled')
    daemon.signal('SIGHUP')
    await daemon.waitForLog(/reloaded/)
    await daemon.end()

    const said = daemon.logLines.map((line) => line.replace(/^\S+ /, ''))
    const [listening, lost, back, ...rest] = said
    assert.match(listening ?? '', /^\[notice\] listening on http:/)
    assert.match(lost ?? '', /^\[warning\] xmpp: .*; next attempt in [\d.]+ s$/)
    const news = [back, ...rest].filter((line) => !/^\[warning\] xmpp: .*; next attempt/.test(line ?? ''))
    assert.deepEqual(news, [
      '[notice] xmpp: connected again, and everybody is known',
      '[notice] reloaded presence.cfg',
      '[notice] stopped',
    ])
    assert.ok(said.length <= 7, said.join('\n'))
  })
})
