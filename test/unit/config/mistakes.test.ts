// What is refused in presence.cfg, and in which words.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ConfigurationError, loadConfiguration } from '../../../src/config/configuration.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { configured, FILE, refused } from '../../support/configurations.ts'
import { resolveSample } from '../../support/sample-plugins.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

suite('mistakes in presence.cfg', () => {
  test('all are told at once, each with file, line, value and what is allowed', async () => {
    const error = await refused(
      [
        'server_port = 99999',
        'log_level = loud',
        'plugins = spreed xmpp',
        'xmpp_jid = a@b',
        'xmpp_password = secret',
        'xmpp_grace = 1 minute',
        'store_sync = maybe',
        'server_token_expire = -1',
        'log_method = eventlog',
      ].join('\n'),
    )
    assert(error instanceof ConfigError)
    assert.deepEqual(error.message.split('\n'), [
      `${FILE}:1: server_port = 99999: must be a whole number from 0 to 65535`,
      `${FILE}:2: log_level = loud: must be a whole number from 0 to 6, or one of none, critical, error, warning, notice, info, debug`,
      `${FILE}:6: xmpp_grace = 1 minute: must be a whole number from 1 to 3600 seconds`,
      `${FILE}:7: store_sync = maybe: must be yes or no`,
      `${FILE}:8: server_token_expire = -1: must be a whole number from 1 to 525600 minutes`,
      `${FILE}:9: log_method = eventlog: must be one of file, syslog`,
    ])
    assert.deepEqual(error.mistakes[0], {
      file: FILE,
      line: 1,
      option: 'server_port',
      value: '99999',
      text: 'must be a whole number from 0 to 65535',
    })
  })

  test('a comment behind a value is explained', async () => {
    assert.match((await refused('server_port = 1234 # the port')).message, /a comment needs a line of its own/)
  })

  test('a value is shown short, and harmless for a terminal', async () => {
    const { message } = await refused(`server_port = \u001b[31m\u202e${'9'.repeat(5000)}`)
    assert.match(message, /server_port = \ufffd\[31m\ufffd9+…: must/)
    assert(message.length < 250)
  })

  test('so is a path that is all wrong, also where the system repeats it', async () => {
    const { message } = await refused(`user_map_file = \u001b[31m\u2028${'x'.repeat(100_000)}`)
    assert.match(message, /\ufffd\[31m\ufffdx+…: can't be read: /)
    assert(!message.includes('\n') && message.length < 1_100)
    const { notes } = await refused(`log_level = 9\n${'y'.repeat(100_000)} = 1`)
    assert(notes.length === 1 && notes.every((note) => note.length < 1_100))
  })

  test('a file that is all wrong is told with its first mistakes, and how many there are', async () => {
    const many = await refused(`log_level = 9\nplugins = ${'spreed '.repeat(100_000)}`)
    assert.equal(many.mistakes.length, 101)
    assert.match(many.message, /:2: plugins: names 100000 sources, more than 100\n/)
    assert.match(many.message, /\n\.\.\. and 1 mistakes more$/)
    assert.equal(many.message.split('\n').length, 101)
  })

  test('hosts, accounts, origins and networks that are none are refused', async () => {
    for (const line of [
      'server_bind = 256.1.1.1',
      'server_bind = two words',
      'server_bind = /run/presence.sock',
      'run_as_user = no such user',
      'server_allowed_origins = https://a.example.com https://b.example.com/path',
      'server_allowed_origins = ftp://a.example.com',
      'server_trusted_proxies = 10.0.0.0/33',
      'server_trusted_proxies = 10.0.0.0/8/8',
      'server_trusted_proxies = example.com',
    ]) {
      const [mistake] = (await refused(line)).mistakes
      assert.equal(`${mistake?.option} = ${mistake?.value}`, line)
    }
  })

  test('hosts, origins and networks that are some are taken', async () => {
    const { settings } = await configured(
      'server_bind = presence.example.com\nserver_allowed_origins = https://a.example.com http://localhost:8080\nserver_trusted_proxies = ::1 10.0.0.0/8 fd00::/8',
    )
    assert.equal(settings.server_bind, 'presence.example.com')
    assert.deepEqual(settings.server_allowed_origins, ['https://a.example.com', 'http://localhost:8080'])
    assert.deepEqual(settings.server_trusted_proxies, ['::1', '10.0.0.0/8', 'fd00::/8'])
  })

  test('a setting that is not UTF-8 is refused, because no client would have the same secret', async () => {
    const { message } = await refused(Buffer.from('log_level = 3\nserver_secret_key = gr\xfc\xdfe', 'latin1'))
    assert.equal(message, `${FILE}:2: is not UTF-8; save the file as UTF-8`)
  })

  test('a word in combined_order that is neither state nor source is refused; plugins of this project may be named', async () => {
    const { message } = await refused('combined_order = manual irc bussy away away')
    assert.match(message, /:1: combined_order: "bussy" must be a state or a source .*; did you mean busy\?/)
    assert.match(message, /combined_order: names away twice/)
    assert.deepEqual((await configured('combined_order = spreed away')).settings.combined_order, ['spreed', 'away'])
  })

  test('a file that is missing or no file is refused with its path and the remedy', async (t) => {
    const folder = temporaryFolder(t)
    for (const [file, words] of [
      [`${folder}/none.cfg`, /none\.cfg: can't be read: .*ENOENT.*; check the path/],
      [folder, /can't be read: it is a folder; name a plain file/],
    ] as const) {
      await assert.rejects(loadConfiguration({ file, resolvePlugin: resolveSample }), (error) => {
        assert(error instanceof ConfigurationError)
        assert.match(error.message, words)
        return true
      })
    }
  })

  test('the value of a secret is in no message, however wrong the file is', async () => {
    const secret = 'PSSST0123456789'
    const options = ['server_secret_key', 'server_secret_key_previous', 'server_auth_password', 'xmpp_password']
    const other = fc.constantFrom('server_port = x', 'plugins = xmpp nope', 'junk', 'xmpp_grace = 0', 'log_level = 9')
    const line = fc.tuple(
      fc.constantFrom(...options),
      fc.constantFrom(' = ', '=', ' ', '  ='),
      fc.constantFrom('', '\t', '#'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(other, line), { maxLength: 8 }), async (lines) => {
        const text = lines.map((entry) =>
          typeof entry === 'string' ? entry : `${entry[0]}${entry[1]}${secret}${entry[2]}`,
        )
        try {
          assert.doesNotMatch((await configured(text.join('\n'))).notes.join('\n'), /PSSST/)
        } catch (error) {
          assert(error instanceof ConfigurationError, String(error))
          assert.doesNotMatch(JSON.stringify([error.message, error.mistakes, error.notes]), /PSSST/)
        }
      }),
      { numRuns: 200 },
    )
  })
})
