// A presence.cfg as the Python daemon had it loads unchanged, with the plugins of this version.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Configuration, readConfiguration } from '../../../src/config/configuration.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { OLD_FILE } from '../../support/old-file.ts'

function load(text: string): Promise<Configuration> {
  return readConfiguration(new TextEncoder().encode(text), { file: 'presence.cfg', resolvePlugin })
}

/** The options of a source by name. */
function optionsOf({ plugins }: Configuration, name: string): ReadonlyMap<string, unknown> {
  const options = plugins.find(({ source }) => source === name)?.options
  assert(typeof options === 'object' && options !== null, `there is no source ${name}`)
  return new Map(Object.entries(options))
}

suite('a presence.cfg of the old daemon', () => {
  test('sets every option of the old daemon, and the only note is on the option that nothing needs any more', async () => {
    const configuration = await load(OLD_FILE)
    const { settings, given, plugins, notes } = configuration
    const expected = {
      data_path: '/srv/presence/',
      data_save_interval: 5,
      run_as_user: 'groupware',
      run_as_group: 'groupware',
      pid_file: '/run/presence/old.pid',
      running_path: '/srv',
      server_bind: '0.0.0.0',
      server_port: 4321,
      server_auth_user: 'somebody',
      server_auth_password: 'something',
      server_secret_key: 'GEHEIM',
      server_token_expire: 10,
      log_method: 'syslog',
      log_level: 5,
      log_file: '/var/log/presence.log',
      log_timestamp: false,
      plugins: ['xmpp', 'spreed'],
    }
    assert.deepEqual({ ...settings, ...expected }, settings)
    assert.deepEqual(
      plugins.map(({ source }) => source),
      ['xmpp', 'spreed'],
    )
    assert.equal(optionsOf(configuration, 'spreed').get('auto_unavailable'), 3)
    const xmpp = optionsOf(configuration, 'xmpp')
    assert.equal(xmpp.get('jid'), 'presence@chat.example.com')
    assert.equal(xmpp.get('password'), 'p#ss = word')
    assert.equal(xmpp.get('user_id_strip_domain'), true)
    assert.equal(given.size, OLD_FILE.match(/^\w.*=/gm)?.length)
    assert.deepEqual(notes, [
      'presence.cfg:5: data_save_interval has no effect any more: every update is saved at once',
    ])
  })

  test('has the old defaults for what it leaves out', async () => {
    const configuration = await load('server_secret_key =\n#plugins = xmpp\n')
    const { settings } = configuration
    const expected = {
      data_path: '/var/lib/kopano/presence/',
      run_as_user: 'kopano',
      run_as_group: 'kopano',
      pid_file: '/var/run/kopano/presence.pid',
      running_path: '/var/lib/kopano',
      server_bind: '127.0.0.1',
      server_port: 1234,
      server_auth_user: 'presence',
      server_auth_password: 'presence',
      server_secret_key: undefined,
      server_token_expire: 5,
      log_method: 'file',
      log_level: 3,
      log_file: '-',
      log_timestamp: true,
      plugins: ['spreed', 'manual'],
    }
    assert.deepEqual({ ...settings, ...expected }, settings)
    assert.equal(optionsOf(configuration, 'spreed').get('auto_unavailable'), 2)
    assert.deepEqual(configuration.notes, [])
  })

  test('may set the minutes of spreed with decimals', async () => {
    assert.equal(optionsOf(await load('spreed_auto_unavailable = 0.5\n'), 'spreed').get('auto_unavailable'), 0.5)
  })

  test('xmpp without an account or a password is refused at the line that asks for xmpp', async () => {
    await assert.rejects(load('log_level = 3\nplugins = xmpp\n'), (error) => {
      assert(error instanceof Error)
      assert.match(error.message, /^presence\.cfg:2: xmpp_jid: /m)
      assert.match(error.message, /^presence\.cfg:2: xmpp_password: /m)
      return true
    })
  })
})
