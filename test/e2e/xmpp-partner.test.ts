// Two XMPP servers feed one daemon, as `xmpp` and `partner`: both in one document, each with its own health.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ConfigLines, type Document, startDaemon } from '../support/daemon.ts'
import { startProsody } from '../support/prosody.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { online, xmppConfig } from '../support/xmpp-suite.ts'

/** The options of the bot of a server, under another source name. */
function renamed(server: XmppServer, source: string): ConfigLines {
  const lines = Object.entries(xmppConfig(server))
  return Object.fromEntries(lines.map(([name, value]) => [name.replace(/^xmpp_/, `${source}_`), value]))
}

async function server(t: TestContext, domain: string, user: string): Promise<XmppServer> {
  const prosody = await startProsody({ domain, users: [user] })
  t.after(() => prosody.stop())
  return prosody
}

const said = ({ sources }: Document): string[] =>
  Object.entries(sources).map(
    ([name, { status, message, stale }]) => `${name} ${status} ${message}${stale ? ' (stale)' : ''}`,
  )

test('one user of two servers has both in one document, and the loss of one server is the loss of that one alone', async (t) => {
  const [home, away] = [await server(t, 'home.test', 'mark'), await server(t, 'partner.test', 'm.dekker')]
  const map = join(temporaryFolder(t), 'users.map')
  writeFileSync(map, 'partner m.dekker@partner.test = mark@home.test\n')
  const daemon = await startDaemon({
    config: {
      plugins: 'xmpp partner=xmpp spreed',
      user_map_file: map,
      ...xmppConfig(home),
      ...renamed(away, 'partner'),
      partner_grace: 1,
    },
  })
  t.after(() => daemon.stop())
  const people = [
    await online(home, 'mark', { show: 'away', status: 'at home' }),
    await online(away, 'm.dekker', { show: 'dnd', status: 'with the partner' }),
  ]
  t.after(() => Promise.all(people.map((person) => person.kill())))
  for (const name of ['xmpp', 'partner']) await daemon.sourceIs('settled', name)
  const both = await daemon.documentWhen('mark@home.test', ({ sources }) => sources.partner?.status === 'busy')
  assert.deepEqual(said(both), ['xmpp away at home', 'partner busy with the partner'])
  assert.deepEqual([both.status, both.source], ['busy', 'partner'])

  await away.kill()
  const lost = await daemon.sourceIs('lost', 'partner')
  assert.match(lost.detail, /^not connected: /)
  const stillThere = await daemon.sourceIs('settled', 'xmpp')
  assert.match(stillThere.detail, /bot@home\.test/)
  const after = await daemon.documentWhen('mark@home.test', ({ source }) => source === 'xmpp')
  assert.deepEqual(said(after), ['xmpp away at home', 'partner unavailable  (stale)'])

  await away.start()
  await daemon.sourceIs('settled', 'partner')
  const again = await online(away, 'm.dekker', { show: 'chat' })
  t.after(() => again.kill())
  const back = await daemon.documentWhen('mark@home.test', ({ sources }) => sources.partner?.status === 'available')
  assert.deepEqual(said(back), ['xmpp away at home', 'partner available '])
  assert.deepEqual([back.status, back.source, back.stale], ['available', 'partner', false])
})
