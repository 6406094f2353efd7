// Secrets that stand in files of their own or among the credentials of systemd, for every plugin's options.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { ConfigurationError, readConfiguration } from '../../../src/config/configuration.ts'
import { Credentials } from '../../../src/config/credentials.ts'
import type { SecretSources } from '../../../src/config/secret-files.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { command } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const XMPP = 'plugins = xmpp\nxmpp_jid = presence@example.com\n'

/** A folder with presence.cfg in it, which need not exist. */
function folderWith(t: TestContext, files: Record<string, string | Uint8Array>) {
  const folder = temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) writeFileSync(`${folder}/${name}`, content, { mode: 0o600 })
  const load = (text: string, sources: SecretSources = {}) =>
    readConfiguration(new TextEncoder().encode(text), { file: `${folder}/presence.cfg`, resolvePlugin, ...sources })
  const refusal = async (text: string, sources: SecretSources = {}): Promise<string> => {
    const error = await load(text, sources).then(
      () => assert.fail('it was accepted'),
      (error: unknown) => error,
    )
    assert(error instanceof ConfigurationError, String(error))
    return error.message
  }
  const credentials = () => new Credentials({ CREDENTIALS_DIRECTORY: folder })
  return { folder, load, refusal, credentials }
}

function optionsOf(plugins: readonly { readonly source: string; readonly options: unknown }[], source: string) {
  return new Map(Object.entries(plugins.find((plugin) => plugin.source === source)?.options as object))
}

suite('the file of a secret', () => {
  test('holds it in its first line, relative to presence.cfg, without the white space around it', async (t) => {
    const { folder, load } = folderWith(t, {})
    for (const content of ['wäll pass\nmore\n', 'wäll pass', '\ufeff  wäll pass \r\nmore', 'wäll pass\rmore']) {
      writeFileSync(`${folder}/secret`, content, { mode: 0o600 })
      const { settings, given, notes } = await load('board_password_file = secret\nserver_secret_key_file = secret\n')
      assert.deepEqual([settings.board_password, settings.server_secret_key], ['wäll pass', 'wäll pass'])
      assert.equal(given.has('server_secret_key_file'), true)
      assert.deepEqual(notes, [])
    }
  })

  test('holds previous secrets one a line, so that one with spaces can be among them', async (t) => {
    const { load } = folderWith(t, { old: 'older one\n\n  oldest\n' })
    const { settings } = await load('server_secret_key_previous_file = old\n')
    assert.deepEqual(settings.server_secret_key_previous, ['older one', 'oldest'])
  })

  test('comes with every secret of every plugin, under the name of its source', async (t) => {
    const { load } = folderWith(t, { a: 'AAA', b: 'BBB', c: 'CCC', d: 'DDD' })
    const { plugins, notes } = await load(
      `plugins = xmpp pbx=asterisk irc
xmpp_jid = presence@example.com\nxmpp_password_file = a\n
pbx_username = u\npbx_password_file = b\n
irc_server = localhost\nirc_server_password_file = c\nirc_sasl_username = u\nirc_sasl_password_file = d\n`,
    )
    assert.equal(optionsOf(plugins, 'xmpp').get('password'), 'AAA')
    assert.equal(optionsOf(plugins, 'pbx').get('password'), 'BBB')
    assert.equal(optionsOf(plugins, 'irc').get('server_password'), 'CCC')
    assert.equal(optionsOf(plugins, 'irc').get('sasl_password'), 'DDD')
    assert.deepEqual(
      notes.filter((note) => note.includes('_file')),
      [],
    )
  })

  test('is refused beside the secret itself, without telling it', async (t) => {
    const { refusal, folder } = folderWith(t, { a: 'AAA' })
    assert.equal(
      await refusal('board_password = PSSST\n\nboard_password_file = a\n'),
      `${folder}/presence.cfg:3: board_password_file = a: is given beside board_password; keep one of them`,
    )
  })

  test('is told with line, path and remedy when it holds no secret, and nothing else is said to be missing', async (t) => {
    const { folder, refusal } = folderWith(t, { empty: '  \nsecond\n', bytes: Buffer.from([0xff, 0x0a]), large: '' })
    mkdirSync(`${folder}/folder`)
    execFileSync('mkfifo', [`${folder}/fifo`])
    truncateSync(`${folder}/large`, 65_537)
    const wrong: [name: string, words: string][] = [
      ['none', `can't be read: ENOENT: no such file or directory, open '${folder}/none'; check the path`],
      ['empty', 'is empty; write the secret into its first line'],
      ['bytes', 'is not UTF-8; save the file as UTF-8'],
      ['folder', "can't be read: it is a folder; name a plain file"],
      ['fifo', "can't be read: it is no regular file; name a plain file"],
      ['large', "can't be read: it is larger than 65536 bytes; name a plain file"],
    ]
    for (const [name, words] of wrong) {
      const said = await refusal(`${XMPP}xmpp_password_file = ${name}\n`)
      assert.equal(said, `${folder}/presence.cfg:3: xmpp_password_file = ${folder}/${name}: ${words}`)
    }
  })

  test('gets a note when every account can read it', async (t) => {
    const { folder, load } = folderWith(t, { a: 'AAA' })
    chmodSync(`${folder}/a`, 0o644)
    assert.deepEqual((await load('board_password_file = a\n')).notes, [
      `${folder}/presence.cfg:1: board_password_file = ${folder}/a: every account of this machine can read it; close it (chmod o-r)`,
    ])
  })

  test('is read by `check`; other commands only read that of the tokens', async (t) => {
    const { folder } = folderWith(t, { key: 'GEHEIM', 'presence.cfg': '' })
    const write = (text: string) => writeFileSync(`${folder}/presence.cfg`, text)
    write(`${XMPP}xmpp_password_file = /nowhere/password\nserver_secret_key_file = key\n`)
    const checked = await command(folder, ['check'])
    assert.equal(checked.code, 1)
    assert.match(checked.err.join(), /xmpp_password_file = \/nowhere\/password: can't be read/)
    const made = await command(folder, ['token', 'markd@zarafa.com'])
    assert.deepEqual([made.code, made.out.length], [0, 1])
    write('server_secret_key_file = /nowhere/key\n')
    assert.equal((await command(folder, ['token', 'u@x'])).code, 1)
  })
})

suite('a credential of systemd', () => {
  test('is the secret of the option whose name it has, unless presence.cfg says one', async (t) => {
    const { load, credentials, folder } = folderWith(t, {
      ...{ server_secret_key: 'KEY\n', xmpp_password: 'WORD', board_password: 'BOARD', other: 'OTHER' },
      server_secret_key_previous: 'old one\nolder\n',
    })
    const text = `${XMPP}board_password = mine\n`
    const { settings, plugins, notes } = await load(text, { credentials: credentials() })
    assert.deepEqual(
      [settings.server_secret_key, settings.board_password, settings.server_secret_key_previous],
      ['KEY', 'mine', ['old one', 'older']],
    )
    assert.equal(optionsOf(plugins, 'xmpp').get('password'), 'WORD')
    assert.deepEqual(notes, [
      `${folder}/presence.cfg:3: board_password counts, and the credential of this name does not; remove one of them`,
    ])
    const { settings: fromFile } = await load('server_secret_key_file = other\n', { credentials: credentials() })
    assert.equal(fromFile.server_secret_key, 'OTHER')
  })

  test('is read once, since the account of the daemon may not read it again', async (t) => {
    const { load, credentials, folder } = folderWith(t, { server_secret_key: 'KEY' })
    const sources = { credentials: credentials() }
    await load('', sources)
    rmSync(`${folder}/server_secret_key`)
    assert.equal((await load('', sources)).settings.server_secret_key, 'KEY')
  })

  test('is refused when it is empty, and counts for nothing without the folder', async (t) => {
    const { load, refusal, credentials, folder } = folderWith(t, { server_secret_key: '\n' })
    const said = await refusal('', { credentials: credentials() })
    assert.equal(said, `${folder}/server_secret_key: is empty; write the secret into its first line`)
    for (const CREDENTIALS_DIRECTORY of [undefined, '', '.']) {
      const none = new Credentials({ CREDENTIALS_DIRECTORY })
      assert.equal((await load('', { credentials: none })).settings.server_secret_key, undefined)
    }
  })
})
