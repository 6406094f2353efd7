// The stage of every fault: a server, a proxy before it, the daemon behind that, a user who stays and one who leaves.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type ConfigLines, type Daemon, startDaemon } from './daemon.ts'
import { Observer } from './observer.ts'
import { startProxy, type TcpProxy } from './proxy.ts'
import type { XmppServer } from './xmpp-server.ts'
import { assertNoSecretLogged, online, PING_INTERVAL, says, xmppConfig } from './xmpp-suite.ts'
import type { XmppUser } from './xmpp-user.ts'

/**
 * The longest from the end of a fault to right answers in these tests, in milliseconds: what is left of an attempt and of the
 * delay then in force, a login and settling.
 */
const AGAIN_WITHIN = 15_000
/** Silence is noticed after the ping interval and ten seconds more; the rest is margin for a busy machine. Milliseconds. */
const NOTICED_WITHIN = PING_INTERVAL * 1000 + 10_000 + 5_000

export class Stage {
  readonly server: XmppServer
  readonly proxy: TcpProxy
  readonly daemon: Daemon
  /** Sees every answer about both users from the beginning of the fault on. */
  readonly observer: Observer
  /** Busy all the time, with the message "here". */
  readonly stays: string
  /** Available at first; must be found unavailable at the end. */
  readonly leaves: string
  readonly leaver: XmppUser

  readonly #label: string

  private constructor(server: XmppServer, proxy: TcpProxy, daemon: Daemon, leaver: XmppUser, label: string) {
    this.server = server
    this.proxy = proxy
    this.daemon = daemon
    this.leaver = leaver
    this.#label = label
    this.stays = `stays-${label}@${server.domain}`
    this.leaves = leaver.bareJid
    this.observer = new Observer(daemon, [this.stays, this.leaves])
  }

  /** Everything settled. The label keeps stages on one server apart; but for the server all of it ends with the test. */
  static async set(t: TestContext, server: XmppServer, label: string, more: ConfigLines = {}): Promise<Stage> {
    for (const role of ['stays', 'leaves']) await server.addUser(`${role}-${label}`)
    const proxy = await startProxy(server.port)
    t.after(() => proxy.close())
    const config = xmppConfig(server, proxy.port, { xmpp_resource: `daemon-${label}`, ...more })
    const daemon = await startDaemon({ config })
    t.after(() => daemon.stop())
    const leaver = await online(server, `leaves-${label}`)
    t.after(() => leaver.kill())
    const stage = new Stage(server, proxy, daemon, leaver, label)
    t.after(() => stage.observer.stop())
    const stayer = await stage.comeBack()
    t.after(() => stayer.kill())
    await daemon.sourceIs('settled')
    await says(daemon, stage.stays, 'busy', 'here')
    await says(daemon, stage.leaves, 'available')
    await stage.observer.begin()
    return stage
  }

  /** The user who stays logs in (again). */
  comeBack(): Promise<XmppUser> {
    return online(this.server, `stays-${this.#label}`, { show: 'dnd', status: 'here' })
  }

  /** The daemon has noticed: it said so, and marks what it knew as old news. */
  async assertNoticed(): Promise<void> {
    const { daemon, stays } = this
    await daemon.documentWhen(stays, ({ sources }) => sources.xmpp?.stale === true, NOTICED_WITHIN)
    assert.equal((await daemon.sourceIs('lost')).detail.startsWith('not connected: '), true)
    await daemon.waitForLog(/\[warning\] xmpp: .*; next attempt in/)
  }

  /** Right answers again within the bound, for the one who stayed and the one who left; and no secret in the log. */
  async assertRecovered(): Promise<void> {
    const { daemon, observer, stays, leaves } = this
    await daemon.sourceIs('settled', 'xmpp', AGAIN_WITHIN)
    await says(daemon, leaves, 'unavailable')
    await says(daemon, stays, 'busy', 'here')
    await observer.stop()
    assert.ok(observer.wasStale(stays), 'the last news was marked as old while the server was lost')
    assertNoSecretLogged(daemon)
  }

  /** There was no false step on the way. */
  assertNoFlicker(): void {
    assert.deepEqual(this.observer.statuses(this.stays), ['busy'])
    assert.deepEqual(this.observer.statuses(this.leaves), ['available', 'unavailable'])
  }
}
