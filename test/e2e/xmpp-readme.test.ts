// The README of the xmpp plugin: its lines work as they stand there, and what it lists is what there is.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { xmppOptions } from '../../src/plugins/xmpp/options.ts'
import { startDaemon } from '../support/daemon.ts'
import { startEjabberd } from '../support/ejabberd.ts'
import { startProsody } from '../support/prosody.ts'
import { readmeBlock, section } from '../support/xmpp-readme.ts'
import type { XmppServer } from '../support/xmpp-server.ts'
import { online, says } from '../support/xmpp-suite.ts'

/** The cells of a table's rows, without the head. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** Starts the daemon with the README's lines of presence.cfg and sees a user. */
async function assertSeesEverybody(t: TestContext, server: XmppServer): Promise<void> {
  const lines = readmeBlock('Setting it up', 'ini', server.domain).replace(
    'the password of the account',
    server.botPassword,
  )
  const config = new Map(
    lines.split('\n').flatMap((line) => {
      const [name = '', value] = line.split(' = ')
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
  assert.deepEqual([...config.keys()], ['plugins', 'xmpp_jid', 'xmpp_password'])
  // Only what a test server can't have: a place in the DNS, and a certificate that the world knows.
  const place = { xmpp_host: server.host, xmpp_port: server.port, xmpp_ca_file: server.caFile }
  const daemon = await startDaemon({ config: { ...Object.fromEntries(config), ...place } })
  t.after(() => daemon.stop())
  const anna = await online(server, 'anna', { show: 'away', status: 'as the README says' })
  t.after(() => anna.kill())
  await says(daemon, `anna@${server.domain}`, 'away', 'as the README says')
  await says(daemon, `ben@${server.domain}`, 'unavailable')
}

describe('the README of the xmpp plugin', { concurrency: true }, () => {
  test('has lines for Prosody with which the bot sees everybody', async (t) => {
    const server = await startProsody({ users: ['anna', 'ben'] })
    t.after(() => server.stop())
    await assertSeesEverybody(t, server)
  })

  test('has lines for ejabberd, for a shell with ejabberdctl, with which the bot sees everybody', async (t) => {
    const server = await startEjabberd({ users: ['anna', 'ben'], withoutGroups: true })
    t.after(() => server.stop())
    await server.ejabberdctl(readmeBlock('ejabberd', 'sh', server.domain))
    await assertSeesEverybody(t, server)
  })

  test('lists every option with its default', () => {
    const listed = new Map(rows(section('Options')).map(([name = '', value = '']) => [name, value]))
    const specs = Object.entries(xmppOptions)
    assert.deepEqual(
      [...listed.keys()],
      specs.map(([name]) => `\`xmpp_${name}\``),
    )
    for (const [name, spec] of specs) {
      const value: unknown = spec.default
      const words = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
      const none = value === undefined || (Array.isArray(value) && value.length === 0)
      const expected = none ? 'none' : `\`${words}\`${spec.unit === undefined ? '' : ` ${spec.unit}`}`
      assert.equal(listed.get(`\`xmpp_${name}\``)?.split(':')[0], expected, name)
    }
  })

  test('explains only lines that the log can have', () => {
    const sources = ['plugins', 'net']
      .flatMap((room) => {
        const folder = new URL(`../../src/${room}`, import.meta.url).pathname
        const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
        return files.map((file) => readFileSync(join(folder, file), 'utf8'))
      })
      .join('\n')
    const lines = rows(section('What the log says')).map(([line = '']) => line.replaceAll('`', ''))
    assert.ok(lines.length > 10)
    for (const line of lines) assert.ok(sources.includes(line), `no source says: ${line}`)
  })
})
