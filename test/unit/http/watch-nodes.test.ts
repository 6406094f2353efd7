// A client that reconnects to another node with its Last-Event-ID misses nothing and sees nobody go back, whether it may see everybody or one domain.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { readEvents } from '../../support/events.ts'
import { startSite } from '../../support/http-site.ts'
import { type Node, startNodes } from '../../support/nodes.ts'

/** The HTTP servers of two nodes, with the same secret. */
async function two(t: TestContext) {
  const { nodes, clock } = await startNodes(2)
  const rights = { visibility: 'domain', trustedUsers: ['boss@x'] } as const
  const sites = await Promise.all(nodes.map(({ service }) => startSite(t, { ...rights, service, clock })))
  const [one, other] = sites.map(({ url, token }, index) => ({ url, token, node: nodes[index] as Node }))
  assert.ok(one && other)
  const watch = async (site: typeof one, owner: string, lastEventId?: string) => {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    const reader = await readEvents(`${site.url}/v1/watch`, site.token(owner), { headers })
    t.after(() => reader.close())
    return reader
  }
  return { one, other, watch }
}

const userOf = (event: { data: unknown } | undefined) => (event?.data as { user_id?: string } | undefined)?.user_id
const statusOf = (event: { data: unknown } | undefined) => (event?.data as { status?: string } | undefined)?.status

for (const owner of ['boss@x', 'ada@x']) {
  test(`${owner} goes on at the other node, which first learns what this one has told`, async (t) => {
    const { one, other, watch } = await two(t)
    await one.node.publish('ada@x', 'busy')
    await one.node.publish('bob@x', 'busy')
    const first = await watch(one, owner)
    const ready = (await first.until('ready')).at(-1)
    const release = other.node.store.holdNews()
    await one.node.publish('ada@x', 'away')
    const change = await first.next()
    assert.equal(statusOf(change), 'away')
    first.close()
    if (owner === 'ada@x') {
      for (const { id } of [ready, change].filter((event) => event !== undefined)) {
        assert.match(id ?? '', /^[\w-]{123}$|^[\w-]{379}$/, 'encrypted')
      }
    } else assert.match(change?.id ?? '', /^[\w-]+:[\d.+]+$/)
    const second = await watch(other, owner, change?.id)
    let isTold = false
    const events = second.until('ready').then((told) => {
      isTold = true
      return told
    })
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(isTold, false, 'it waits until it knows as much')
    release()
    const told = await events
    assert.deepEqual(told.at(-1)?.data, { complete: false })
    for (const event of told.slice(0, -1)) {
      assert.equal(userOf(event), 'ada@x', 'who has not changed is not told')
      assert.equal(statusOf(event), 'away')
    }
    await one.node.publish('bob@x', 'available')
    // What came while it waited may be told once more.
    let next = await second.next()
    while (userOf(next) === 'ada@x' && statusOf(next) === 'away') next = await second.next()
    assert.deepEqual([userOf(next), statusOf(next)], ['bob@x', 'available'])
  })
}
