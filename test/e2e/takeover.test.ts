// Several nodes on one Redis, one collector: whichever node dies, hangs or stops, another goes on, and nobody flaps.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { TakeoverStage, type Witness } from '../support/takeover-stage.ts'
import { says } from '../support/xmpp-suite.ts'
import type { XmppUser } from '../support/xmpp-user.ts'

suite('three nodes', { timeout: 120_000 }, () => {
  let stage: TakeoverStage
  let stays: string
  let leaver: XmppUser
  const witnesses = new Map<number, Witness>()
  /** Sessions of the bot before the first node. */
  let earlier = 0

  before(async () => {
    stage = await TakeoverStage.set(3, ['stays', 'leaves'])
    earlier = stage.sessions().length - 1
    stays = (await stage.online('stays', 'dnd')).bareJid
    leaver = await stage.online('leaves')
    for (const [index, node] of stage.nodes.entries()) {
      await says(node, stays, 'busy')
      await says(node, leaver.bareJid, 'available')
      witnesses.set(index, stage.witness(node, [stays, leaver.bareJid]))
    }
  })
  after(() => stage?.stop())

  test('one runs the collector, the others tell which, and wait for nobody', async () => {
    const holder = await stage.holder(stage.nodes)
    for (const node of stage.nodes) {
      const document = await node.document(stays)
      assert.deepEqual([document.status, document.stale, document.pending], ['busy', false, []], node.configFile)
      assert.match((await node.ask('GET', '/v1/sources')).body, /"node":"[abc]"/)
    }
    assert.equal(stage.sessions().at(-1), 1)
    assert.match((await holder.sourceIs('settled')).detail, /^bot@example.test at /)
  })

  test('a node that hangs is taken over from, and when it wakes its session has ended and it changes nothing', async () => {
    const hung = await stage.holder(stage.nodes)
    const others = stage.nodes.filter((node) => node !== hung)
    hung.signal('SIGSTOP')
    await stage.settledAgain(others)
    await leaver.close()
    for (const node of others) await says(node, leaver.bareJid, 'unavailable')
    const line = hung.logLines.length
    hung.signal('SIGCONT')
    await hung.waitForLog(/xmpp: this node could not keep its lease/, { after: line })
    await stage.holder(stage.nodes)
    for (const node of stage.nodes) {
      await says(node, stays, 'busy')
      await says(node, leaver.bareJid, 'unavailable')
    }
  })

  test('while Redis is away nobody runs it, everybody keeps their state, and afterwards one node goes on', async () => {
    const holder = await stage.holder(stage.nodes)
    const line = holder.logLines.length
    await stage.redis.kill()
    await holder.waitForLog(/xmpp: this node could not keep its lease/, { after: line })
    const { status, stale } = await holder.document(stays)
    assert.deepEqual([status, stale], ['busy', true])
    await stage.redis.start()
    await stage.holder(stage.nodes)
    for (const node of stage.nodes) await says(node, stays, 'busy')
  })

  test('a node that is killed is taken over from, and so is one that stops', async () => {
    let left = stage.nodes
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const ended = await stage.holder(left)
      left = left.filter((node) => node !== ended)
      await ended.end(signal)
      await stage.settledAgain(left)
      for (const node of left) await says(node, stays, 'busy')
    }
  })

  test('meanwhile nobody who watched was told anything false, and the bot never had two sessions', () => {
    for (const witness of witnesses.values()) {
      assert.deepEqual(witness.statuses(stays), ['busy'])
      assert.deepEqual(witness.statuses(leaver.bareJid), ['available', 'unavailable'])
    }
    const sessions = stage.sessions().slice(earlier)
    assert.ok(Math.max(...sessions) === 1, `${sessions}`)
    assert.equal(sessions.filter((count) => count === 1).length, 5, `one for each who ran it: ${sessions}`)
  })
})
