// The doctor at real systems: Prosody, ngIRCd, InspIRCd, Redis, the scripted Asterisk, and a running daemon.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startDaemon } from '../support/daemon.ts'
import { diagnosed } from '../support/doctor.ts'
import { freePort } from '../support/free-port.ts'
import { startInspircd } from '../support/inspircd.ts'
import { startNgircd } from '../support/ngircd.ts'
import { startProsody } from '../support/prosody.ts'
import { startRedis } from '../support/redis.ts'
import { PRESENCE_USER, ScriptedAsterisk } from '../support/scripted-asterisk.ts'
import { online, says, xmppConfig } from '../support/xmpp-suite.ts'
import { XmppUser } from '../support/xmpp-user.ts'

suite('the doctor', { concurrency: false }, () => {
  test('looks at Prosody and at the daemon that is connected to it, and disturbs neither', async (t) => {
    const server = await startProsody({ users: ['ada', 'bob'] })
    t.after(() => server.stop())
    const config = { ...xmppConfig(server), plugins: 'xmpp spreed' }
    const daemon = await startDaemon({ config })
    t.after(() => daemon.stop())
    await daemon.sourceIs('settled')
    const ada = await online(server, 'ada', { status: 'here' })
    t.after(() => ada.kill())
    await says(daemon, `ada@${server.domain}`, 'available', 'here')
    await daemon.put([{ user_id: `a.da@${server.domain}`, spreed: { status: 'busy' } }])
    const sources = await daemon.sources()
    const port = new URL(daemon.url).port
    const logged = daemon.logLines.length
    const { code, text } = await diagnosed(t, {
      ...config,
      server_port: port,
      server_secret_key: 'a secret of the tests',
    })
    assert.match(text('xmpp'), /^ok xmpp: the login as \S+ at 127\.0\.0\.1:\d+ works \(TLSv1\.3\)/)
    assert.match(text('xmpp'), /ok xmpp: \S+ sees 2 of 2 contacts/)
    assert.match(text('xmpp'), /warning xmpp: the server's certificate ends in [12] days?/, 'that of the tests does')
    assert.match(text('daemon'), /^ok daemon: the daemon answers at http:/)
    assert.match(
      text('users'),
      /warning users: ada@\S+ and a\.da@\S+ may be one person|a\.da@\S+ and ada@\S+ may be one person/,
    )
    assert.doesNotMatch(text(), /error/)
    assert.equal(code, 1)
    assert.deepEqual(await daemon.sources(), sources, 'its session goes on')
    assert.deepEqual(daemon.logLines.slice(logged), [])
    await says(daemon, `ada@${server.domain}`, 'available', 'here')

    const wrong = await diagnosed(t, { ...config, xmpp_password: 'wrong', server_port: port })
    assert.match(wrong.text('xmpp'), /error xmpp: .*the server refused the login.* \[xmpp_\w+:\d+\]/)
    assert.match(wrong.text('daemon'), /error daemon: .*its secret is another one.* \[server_secret_key:\d+\]/)
    assert.equal(wrong.code, 2)
    const stranger = await diagnosed(t, { ...config, xmpp_ca_file: server.strangerCaFile, server_port: port })
    assert.match(stranger.text('xmpp'), /by no authority that is trusted here.* \[xmpp_ca_file:\d+\]/)
  })

  test('tells which contacts the account can not see, and asks nobody for anything', async (t) => {
    const server = await startProsody({ users: ['ada'] })
    t.after(() => server.stop())
    await server.addUser('lonely')
    const lonely = await XmppUser.login(server, 'lonely')
    const query = (jid: string) => `<query xmlns='jabber:iq:roster'><item jid='${jid}'/></query>`
    await lonely.request('set', query(`nobody@${server.domain}`))
    lonely.send(`<presence type='subscribe' to='ada@${server.domain}'/>`)
    await lonely.settled()
    await lonely.close()
    const jid = `lonely@${server.domain}`
    const { text, code } = await diagnosed(t, { ...xmppConfig(server), xmpp_jid: jid, plugins: 'xmpp' })
    assert.match(text('xmpp'), /error xmpp: lonely@\S+ sees nobody's presence/)
    assert.match(
      text('xmpp'),
      /warning xmpp: 1 can't be seen \(nobody@\S+\); they are in the roster without a subscription/,
    )
    assert.match(text('xmpp'), /warning xmpp: 1 can't be seen \(ada@\S+\); they have been asked and have not answered/)
    assert.equal(code, 2)
    const again = await XmppUser.login(server, 'lonely')
    const roster = await again.request('get', "<query xmlns='jabber:iq:roster'/>")
    assert.match(roster, /subscription=.none./)
    assert.equal(roster.match(/ask=/g)?.length, 1, 'that of the user, and none of the doctor')
    await again.close()
  })

  test('tells what the limits of an IRC server mean for those who are followed', async (t) => {
    const [ngircd, inspircd] = [await startNgircd(), await startInspircd({ monitorLimit: 2 })]
    t.after(() => ngircd.stop())
    t.after(() => inspircd.stop())
    const config = { plugins: 'irc', irc_server: '127.0.0.1', irc_tls: 'no', irc_user_map: 'ada=a@x bob=b@x eva=e@x' }
    const [old, modern] = await Promise.all([
      diagnosed(t, { ...config, irc_port: ngircd.port }),
      diagnosed(t, { ...config, irc_port: inspircd.port }),
    ])
    assert.match(old.text('irc'), /ok irc: the login at 127\.0\.0\.1:\d+ works \(irc\.example\.test/)
    assert.match(
      old.text('irc'),
      /warning irc: the server has no MONITOR, and 3 are followed: 3 are asked for every 30 s.*\[irc_user_map:\d+\]/,
    )
    assert.match(
      modern.text('irc'),
      /warning irc: the server's MONITOR takes 2 nicks, and 3 are followed: 1 are asked for/,
    )
    const sasl = { irc_sasl_username: 'presence', irc_sasl_password: 'x' }
    const refused = await diagnosed(t, { ...config, ...sasl, irc_port: ngircd.port })
    assert.match(refused.text('irc'), /^error irc: 127\.0\.0\.1:\d+: .*irc_sasl_username/)
  })

  test('tells what the user of the manager interface lacks, and which extensions nobody has named', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t)
    asterisk.hints.set('110', { context: 'ext-local', hint: 'PJSIP/110' })
    asterisk.hints.set('111', { context: 'ext-local', hint: 'PJSIP/111' })
    asterisk.devices.set('PJSIP/110', 'NOT_INUSE')
    asterisk.devices.set('PJSIP/111', 'NOT_INUSE')
    const config = {
      ...{ plugins: 'asterisk', asterisk_port: asterisk.port, asterisk_username: 'presence' },
      ...{ asterisk_password: PRESENCE_USER.secret, asterisk_user_map: '110=ada@x 999=eva@x' },
    }
    const right = await diagnosed(t, config)
    assert.match(right.text('asterisk'), /ok asterisk: the login as presence at 127\.0\.0\.1:\d+ works/)
    assert.match(right.text('asterisk'), /warning asterisk: lines without effect.*: 999 \[asterisk_user_map:\d+\]/)
    assert.match(right.text('asterisk'), /warning asterisk: no line says who these extensions are.*: 111/)
    const denied = await ScriptedAsterisk.start(t, { user: { ...PRESENCE_USER, read: [], write: [] } })
    const wrong = await diagnosed(t, { ...config, asterisk_port: denied.port })
    assert.match(wrong.text('asterisk'), /error asterisk: Asterisk tells presence no events: .* read = system,call/)
    assert.match(wrong.text('asterisk'), /error asterisk: .*needs write = reporting/)
  })

  test('tells what Redis would lose, and what it is asked for in vain', async (t) => {
    const redis = await startRedis({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' })
    t.after(() => redis.stop())
    const config = { store: 'redis', redis_url: `redis://127.0.0.1:${redis.port}` }
    const { text } = await diagnosed(t, { ...config, redis_wait_replicas: 1 })
    assert.match(text('store'), /ok store: Redis \d\S+ at 127\.0\.0\.1:\d+ answers/)
    assert.match(text('store'), /warning store: Redis .* has maxmemory-policy allkeys-lru/)
    assert.match(text('store'), /warning store: Redis .* keeps nothing on its disk/)
    assert.match(
      text('store'),
      /error store: Redis .* has 0 replicas, and publications wait for 1.*\[redis_wait_replicas:\d+\]/,
    )
    assert.equal((await redis.cli('dbsize')).trim(), '0', 'nothing was written')
    await redis.cli('config', 'set', 'appendonly', 'yes', 'maxmemory-policy', 'noeviction')
    assert.doesNotMatch((await diagnosed(t, config)).text('store'), /warning|error/)
    const away = await diagnosed(t, { ...config, redis_url: `redis://127.0.0.1:${await freePort()}` })
    assert.match(away.text('store'), /error store: Redis at \S+: .*\[redis_url:\d+\]/)
  })
})
