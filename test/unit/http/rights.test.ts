// Trusted users may change everybody's presence, nobody else may, and a reload takes the trust away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorized, type Site, startSite } from '../../support/http-site.ts'

/** The statuses of everything that one may only do for oneself, done for ada. */
async function tries(site: Site, owner: string): Promise<number[]> {
  const { headers } = authorized(site, owner)
  const entries = [{ user_id: 'ada', manual: { status: 'busy' } }]
  const put = { AuthenticationToken: site.token(owner), UserStatus: entries }
  const answers = [
    await site.ask('PUT', '/v1/users/ada/manual', { headers, body: { status: 'away' } }),
    await site.ask('PUT', '/', { body: put }),
    await site.ask('DELETE', '/v1/users/ada/manual', { headers }),
    await site.ask('DELETE', '/v1/users/ada', { headers }),
  ]
  return answers.map(({ status }) => status)
}

test('a trusted user publishes for others and forgets them, in whatever spelling the user is named', async (t) => {
  const site = await startSite(t, { trustedUsers: ['Backend@Example.com'] })
  assert.deepEqual(await tries(site, 'backend@example.com'), [200, 200, 200, 204])
  assert.deepEqual(await tries(site, 'ADA'), [200, 200, 200, 204])
  assert.deepEqual(await tries(site, 'bob'), [403, 403, 403, 403])
})

test('whoever may only read is never trusted', async (t) => {
  const site = await startSite(t, { trustedUsers: ['kopano-presence:reader'] })
  assert.deepEqual(await tries(site, 'kopano-presence:reader'), [403, 403, 403, 403])
})

test('trust can be given and taken while the server runs', async (t) => {
  const site = await startSite(t)
  assert.deepEqual(await tries(site, 'backend'), [403, 403, 403, 403])
  site.server.configure({ allowedOrigins: [], trustedUsers: ['backend'] })
  assert.deepEqual(await tries(site, 'backend'), [200, 200, 200, 204])
  site.server.configure({ allowedOrigins: [], trustedUsers: [] })
  assert.deepEqual(await tries(site, 'backend'), [403, 403, 403, 403])
})
