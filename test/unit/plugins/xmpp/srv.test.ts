// The order in which servers are tried.
import assert from 'node:assert/strict'
import type { SrvRecord } from 'node:dns'
import { test } from 'node:test'
import fc from 'fast-check'
import { findTargets, order } from '../../../../src/plugins/xmpp/srv.ts'

const WANTED = { domain: 'example.test', host: undefined, port: undefined, tls: 'starttls' } as const
const record = (name: string, port: number, priority = 0, weight = 0): SrvRecord => ({ name, port, priority, weight })

/** A DNS with these records; others don't exist. */
function dns(records: { direct?: SrvRecord[]; plain?: SrvRecord[] }) {
  const asked: string[] = []
  const resolve = async (name: string) => {
    asked.push(name)
    const found = name.startsWith('_xmpps-client._tcp.') ? records.direct : records.plain
    if (found === undefined) throw Object.assign(new Error('queryESRV ENOTFOUND'), { code: 'ENOTFOUND' })
    return found
  }
  return { asked, resolve }
}

test('direct TLS comes first, then STARTTLS', async () => {
  const { asked, resolve } = dns({ direct: [record('d.test', 443, 9)], plain: [record('p.test', 5222, 1)] })
  assert.deepEqual(await findTargets(WANTED, resolve), [
    { host: 'd.test', port: 443, tls: 'direct' },
    { host: 'p.test', port: 5222, tls: 'starttls' },
  ])
  assert.deepEqual(asked.sort(), ['_xmpp-client._tcp.example.test', '_xmpps-client._tcp.example.test'])
})

test('without records the domain itself is tried at the usual port', async () => {
  const { resolve } = dns({})
  assert.deepEqual(await findTargets(WANTED, resolve), [{ host: 'example.test', port: 5222, tls: 'starttls' }])
  assert.deepEqual(await findTargets({ ...WANTED, tls: 'direct' }, resolve), [
    { host: 'example.test', port: 5223, tls: 'direct' },
  ])
  assert.deepEqual(await findTargets({ ...WANTED, tls: 'none' }, resolve), [
    { host: 'example.test', port: 5222, tls: 'none' },
  ])
})

test('direct and none use only the records that fit', async () => {
  const { resolve } = dns({ direct: [record('d.test', 443)], plain: [record('p.test', 5222)] })
  assert.deepEqual(await findTargets({ ...WANTED, tls: 'direct' }, resolve), [
    { host: 'd.test', port: 443, tls: 'direct' },
  ])
  assert.deepEqual(await findTargets({ ...WANTED, tls: 'none' }, resolve), [
    { host: 'p.test', port: 5222, tls: 'none' },
  ])
})

test('a host or port in the configuration asks no DNS', async () => {
  const { asked, resolve } = dns({ plain: [record('p.test', 5222)] })
  assert.deepEqual(await findTargets({ ...WANTED, host: 'h.test' }, resolve), [
    { host: 'h.test', port: 5222, tls: 'starttls' },
  ])
  assert.deepEqual(await findTargets({ ...WANTED, port: 15222 }, resolve), [
    { host: 'example.test', port: 15222, tls: 'starttls' },
  ])
  assert.deepEqual(asked, [])
})

test('the target "." means that there is no such service', async () => {
  const none = [record('.', 0)]
  assert.deepEqual(await findTargets(WANTED, dns({ direct: none, plain: [record('p.test', 5222)] }).resolve), [
    { host: 'p.test', port: 5222, tls: 'starttls' },
  ])
  // Node gives the root's name as an empty one.
  for (const plain of [none, [record('', 0)]]) {
    await assert.rejects(findTargets(WANTED, dns({ plain }).resolve), /no XMPP service/)
  }
})

test('no more than eight targets are tried in one attempt', async () => {
  const plain = Array.from({ length: 50 }, (_, index) => record(`p${index}.test`, 5222, index))
  const targets = await findTargets(WANTED, dns({ plain }).resolve)
  assert.deepEqual(
    targets.map(({ host }) => host),
    [0, 1, 2, 3, 4, 5, 6, 7].map((index) => `p${index}.test`),
  )
})

test('every record is there once, by priority', () => {
  const records = fc.array(fc.record({ name: fc.string(), port: fc.nat(), priority: fc.nat(3), weight: fc.nat(20) }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(
      records,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (given, chance) => {
        const ordered = order(given, () => chance.next().value ?? 0)
        assert.deepEqual(new Set(ordered), new Set(given))
        assert.equal(ordered.length, given.length)
        for (const [index, { priority }] of ordered.entries())
          assert.ok(priority >= (ordered[index - 1]?.priority ?? 0))
      },
    ),
  )
})

test('weights decide how often a record comes first', () => {
  const records = [record('heavy', 1, 0, 3), record('light', 1, 0, 1), record('never', 1, 0, 0)]
  const firsts = Array.from({ length: 400 }, (_, index) => order(records, () => index / 400)[0]?.name)
  const count = (name: string) => firsts.filter((first) => first === name).length
  assert.deepEqual(
    { heavy: count('heavy'), light: count('light'), never: count('never') },
    { heavy: 300, light: 100, never: 0 },
  )
})
