// `kopano-presence board-link`, against the real HTTP server and against others.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { boughtToken, signIn } from '../../support/board-visits.ts'
import { startCannedDaemon } from '../../support/canned-daemon.ts'
import { command } from '../../support/command-line.ts'
import { SECRET, type Site, startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The command in a folder with a configuration that reaches the site. */
async function boardLink(site: Site, folder: string, args: readonly string[] = [], more = '') {
  const port = new URL(site.url).port
  writeFileSync(`${folder}/presence.cfg`, `server_secret_key = ${SECRET}\nserver_port = ${port}\n${more}`)
  const outcome = await command(folder, ['board-link', ...args], { now: () => site.clock.wall() })
  const [, address = '', code = ''] = /^(.*)#code=(.*)$/.exec(outcome.out[0] ?? '') ?? []
  return { ...outcome, address, code }
}

suite('kopano-presence board-link', () => {
  test('prints a link, and nothing else, that signs the user in once', async (t) => {
    const site = await startSite(t)
    const { code, out, err, address } = await boardLink(site, temporaryFolder(t), ['ada@example.test'])
    assert.equal(out.length, 1)
    assert.equal(address, `${site.url}/board/`)
    assert.deepEqual(err, ['It opens the board as ada@example.test, once, until 2026-11-23T09:10:00Z.'])
    const bought = await boughtToken(site, await signIn(site, { code }))
    assert.deepEqual([bought.user_id, bought.read_only], ['ada@example.test', false])
    assert.equal((await site.ask('POST', '/board/session', { body: { code } })).status, 401)
  })

  test('without a user the link is for reading only', async (t) => {
    const site = await startSite(t)
    const { code, err } = await boardLink(site, temporaryFolder(t))
    assert.match(err.join(), /^It opens the board for reading only, once, until /)
    const bought = await boughtToken(site, await signIn(site, { code }))
    assert.deepEqual([bought.user_id, bought.read_only], [null, true])
  })

  test('the link names the public address where there is one, else the one that was asked', async (t) => {
    const site = await startSite(t)
    const folder = temporaryFolder(t)
    const asBehindProxy = await boardLink(site, folder, [], 'board_url = https://example.com/presence/board\n')
    assert.equal(asBehindProxy.address, 'https://example.com/presence/board/')
    const asked: string[] = []
    const proxy = await startCannedDaemon(t, ({ method, url }) => {
      asked.push(`${method} ${url}`)
      return { body: '{"code":"c0de","expires_in":600}' }
    })
    const { out } = await boardLink(site, folder, ['--url', `${proxy.url}/presence`])
    assert.deepEqual([out, asked], [[`${proxy.url}/presence/board/#code=c0de`], ['POST /presence/board/link']])
  })

  test('a wrong secret, or what is no presence daemon, is told with a remedy', async (t) => {
    const site = await startSite(t)
    const folder = temporaryFolder(t)
    site.tokens.configure({ secrets: ['another'], expireMinutes: 5 })
    const refused = await boardLink(site, folder)
    assert.deepEqual([refused.out, refused.err.length], [[], 1])
    assert.match(refused.err.join(), /signature is wrong.*-C/)
    for (const body of [
      '{}',
      '[]',
      '',
      '{"code":7,"expires_in":600}',
      '{"code":"c"}',
      '{"code":"\\u001b[2J","expires_in":1}',
    ]) {
      const { url } = await startCannedDaemon(t, () => ({ body }))
      const { out, err } = await boardLink(site, folder, ['--url', url])
      assert.deepEqual(out, [])
      assert.match(err.join(), /no presence daemon/)
    }
  })
})
