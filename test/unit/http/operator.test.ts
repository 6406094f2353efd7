// Who gets at backups over HTTP.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Upload } from '../../../src/http/operator/upload.ts'
import { authorized, problemOf, startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const OPERATOR = 'kopano-presence:operator'

const backups = {
  async *make() {
    yield 'a backup'
  },
  async *restore() {},
  checksum: () => Promise.resolve({ epoch: 'e', position: [7], entries: 2, checksum: 'c', moving: false }),
}

test('a backup goes to a token of the operator, and not through a proxy, whichever header that adds', async (t) => {
  const site = await startSite(t, { operator: { backups, folder: temporaryFolder(t) } })
  const { headers } = authorized(site, OPERATOR)
  const { status, body } = await site.ask('GET', '/operator/backup', { headers })
  assert.deepEqual([status, body], [200, 'a backup'])
  for (const header of ['X-Forwarded-For', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto']) {
    for (const [method, path] of [
      ['GET', 'backup'],
      ['GET', 'checksum'],
      ['PUT', 'restore?offset=0'],
      ['POST', 'restore'],
    ] as const) {
      const answer = await site.ask(method, `/operator/${path}`, { headers: { ...headers, [header]: '192.0.2.1' } })
      assert.equal(answer.status, 403, `${method} ${header}`)
      assert.match(problemOf(answer).detail, /proxy/)
    }
  }
})

test('a checksum is told to the operator, and to nobody else', async (t) => {
  const site = await startSite(t, { operator: { backups, folder: temporaryFolder(t) } })
  const { status, body } = await site.ask('GET', '/operator/checksum', authorized(site, OPERATOR))
  assert.deepEqual([status, JSON.parse(body)], [200, await backups.checksum()])
  assert.equal((await site.ask('GET', '/operator/checksum', authorized(site))).status, 403)
})

test('nobody else gets one, and hears no more than that', async (t) => {
  const site = await startSite(t, {
    operator: { backups, folder: temporaryFolder(t) },
    trustedUsers: ['boss@y', OPERATOR],
  })
  for (const owner of ['boss@y', 'kopano-presence:reader', 'kopano-presence:reader-host', `${OPERATOR}@x`]) {
    assert.equal((await site.ask('GET', '/operator/backup', authorized(site, owner))).status, 403, owner)
  }
  assert.equal((await site.ask('GET', '/operator/backup')).status, 401)
})

test('a backup that is taken away while it is read, as at a stop, does not look like one that ends there', async (t) => {
  const upload = new Upload(temporaryFolder(t))
  await upload.begin()
  await upload.append(Buffer.alloc(200_000, 'x'))
  const pieces = upload.bytes()
  assert.equal((await pieces.next()).done, false)
  await upload.discard()
  await assert.rejects(pieces.next(), /the daemon is stopping/)
})
