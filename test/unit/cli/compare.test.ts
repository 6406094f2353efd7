// kopano-presence compare, against HTTP servers with prepared checksums.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import type { Checksum } from '../../../src/core/checksum.ts'
import { createToken } from '../../../src/core/tokens.ts'
import { startCannedDaemon, tokenOf } from '../../support/canned-daemon.ts'
import { command, NOW } from '../../support/command-line.ts'
import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CHECKSUM: Checksum = { epoch: 'e', position: [3, 4], entries: 7, checksum: '0123456789abcdef', moving: false }
const OTHER = { ...CHECKSUM, checksum: 'fedcba9876543210' }

/** Two nodes, each with what it answers to one question after the other; the last of these goes on. */
async function nodes(t: TestContext, ...answers: readonly (readonly Checksum[])[]) {
  const folder = temporaryFolder(t)
  writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
  const daemons = await Promise.all(
    answers.map((own) => {
      let asked = 0
      return startCannedDaemon(t, () => {
        asked += 1
        return { body: JSON.stringify(own[Math.min(asked, own.length) - 1]) }
      })
    }),
  )
  return { folder, daemons, args: ['compare', ...daemons.map(({ url }) => url)] }
}

suite('kopano-presence compare', () => {
  test('asks each node with a token of the operator, and tells that all have the same', async (t) => {
    const { folder, daemons, args } = await nodes(t, [CHECKSUM], [{ ...CHECKSUM, position: [3, 5] }])
    const { code, out, err } = await command(folder, args)
    assert.equal(code, 0)
    assert.deepEqual(
      out.map((line) => line.trim().split(/ +/)),
      [['NODE', 'ENTRIES', 'CHECKSUM'], ...daemons.map(({ url }) => [url, '7', CHECKSUM.checksum])],
    )
    assert.deepEqual(err, ['All nodes have the same.'])
    for (const { asked } of daemons) {
      assert.deepEqual(
        asked.map((one) => [one.method, one.url, tokenOf(one)]),
        [['GET', '/operator/checksum', createToken('s', 'kopano-presence:operator', NOW / 1000)]],
      )
    }
  })

  test('asks again when they differ, since one may only be behind', async (t) => {
    const { folder, daemons, args } = await nodes(t, [CHECKSUM], [OTHER, CHECKSUM])
    const told: string[] = []
    const { code, err } = await command(folder, args, { progress: (text) => told.push(text) })
    assert.deepEqual([code, err], [0, ['All nodes have the same.']])
    assert.deepEqual(told, ['The nodes differ; asking again, since one may only be behind', ''])
    assert.equal(daemons[0]?.asked.length, 2)
  })

  test('tells in which way they differ once they have had their time', async (t) => {
    const ways: readonly (readonly [Checksum, RegExp])[] = [
      [{ ...OTHER, epoch: 'another' }, /^The nodes are on different stores: store, redis_url/],
      [{ ...OTHER, position: [3, 5] }, /^The nodes differ. They are being changed, or one is behind/],
      [{ ...OTHER, moving: true }, /^The nodes differ. They are being changed, or one is behind/],
      [OTHER, /^The nodes differ although they have come equally far: are their plugins the same\?/],
    ]
    const now = performance.now.bind(performance)
    let ahead = 0
    t.mock.method(performance, 'now', () => now() + ahead)
    const progress = (): void => {
      ahead += 10_000
    }
    for (const [other, words] of ways) {
      const { folder, args } = await nodes(t, [CHECKSUM], [other])
      const { code, out, err } = await command(folder, args, { progress })
      assert.deepEqual([code, out.length], [1, 3])
      assert.match(err.join(), words)
    }
  })

  test('says which node does not answer', async (t) => {
    const { folder, args } = await nodes(t, [CHECKSUM])
    const port = await freePort()
    const { code, out, err } = await command(folder, [...args, `http://127.0.0.1:${port}`])
    assert.deepEqual([code, out], [1, []])
    assert.match(err.join(), new RegExp(`^No answer from http://127\\.0\\.0\\.1:${port}/ \\(connect ECONNREFUSED`))
  })

  test('told to end it tells what it knows, and that this is early', async (t) => {
    const { folder, args } = await nodes(t, [CHECKSUM], [OTHER])
    const ending = new AbortController()
    const surroundings = { ended: () => ending.signal, progress: () => ending.abort() }
    const { code, out, err } = await command(folder, args, surroundings)
    assert.deepEqual([code, out.length], [1, 3])
    assert.deepEqual(err, ['The nodes differ so far; it was told to end before they had time to become equal.'])
    const early = await command(folder, args, surroundings)
    assert.deepEqual([early.code, early.out, early.err], [1, [], ['It was told to end before all nodes had answered.']])
  })
})
