// How presence.cfg is read: its format, its defaults, and what is only worth a note.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ConfigurationError, readConfiguration } from '../../../src/config/configuration.ts'
import { configured, FILE, refused } from '../../support/configurations.ts'
import { resolveSample } from '../../support/sample-plugins.ts'

suite('the format of presence.cfg', () => {
  test('a value is everything after the first "=", "#", quotes and inner spaces included', async () => {
    const { settings } = await configured(
      'server_secret_key =  "a # b" = c;  \n  # server_port = 1\nlog_file=/var/log/x y\n',
    )
    assert.equal(settings.server_secret_key, '"a # b" = c;')
    assert.equal(settings.server_port, 1234)
    assert.equal(settings.log_file, '/var/log/x y')
  })

  test('lines may end with LF, CRLF or CR, and a byte order mark is passed over', async () => {
    const { settings, notes } = await configured(
      '\ufeffserver_port = 1\r\nlog_level = 5\rserver_bind = ::1\nlog_timestamp = no',
    )
    assert.deepEqual([settings.server_port, settings.log_level, settings.server_bind], [1, 5, '::1'])
    assert.equal(settings.log_timestamp, false)
    assert.deepEqual(notes, [])
  })

  test('a comment may hold bytes that are not UTF-8', async () => {
    const { settings } = await configured(Buffer.from('# gr\xfc\xdfe\nserver_port = 7\n', 'latin1'))
    assert.equal(settings.server_port, 7)
  })

  test('an empty value leaves the default and does not count as given', async () => {
    const { settings, given } = await configured('server_secret_key =\nserver_port =\nplugins =   \nlog_level = 2\n')
    assert.equal(settings.server_secret_key, undefined)
    assert.equal(settings.server_port, 1234)
    assert.deepEqual(settings.plugins, ['spreed', 'manual'])
    assert.deepEqual([...given], ['log_level'])
  })

  test('an empty account, group, pid file or running path means none', async () => {
    const { settings, given } = await configured('run_as_user =\nrun_as_group =\npid_file =\nrunning_path =\n')
    const { run_as_user, run_as_group, pid_file, running_path } = settings
    assert.deepEqual([run_as_user, run_as_group, pid_file, running_path], [undefined, undefined, undefined, undefined])
    assert.equal(given.has('run_as_user'), true)
  })

  test('of a repeated option the last counts, and a note says so', async () => {
    const { settings, notes } = await configured('server_port = 1\nlog_level = 1\nserver_port = 2\n')
    assert.equal(settings.server_port, 2)
    assert.deepEqual(notes, [`${FILE}:3: server_port replaces the same option of line 1`])
  })

  test('relative paths count from the folder of the file', async () => {
    const { settings } = await configured('data_path = ../data\nlog_file = x.log\npid_file = x.pid\nrunning_path = .\n')
    const { data_path, log_file, pid_file, running_path } = settings
    assert.deepEqual([data_path, log_file], ['/etc/data', '/etc/kopano/x.log'])
    assert.deepEqual([pid_file, running_path], ['/etc/kopano/x.pid', '/etc/kopano'])
    assert.equal((await configured('log_file = -')).settings.log_file, '-')
  })

  test('numbers 0-6 and names in any case are log levels', async () => {
    for (const [text, level] of [
      ['0', 0],
      ['6', 6],
      ['WARNING', 3],
      ['debug', 6],
      ['Critical', 1],
    ] as const) {
      assert.equal((await configured(`log_level = ${text}`)).settings.log_level, level)
    }
  })

  test('without a file the defaults stand, with those that the caller replaces', async () => {
    const configuration = await readConfiguration(new Uint8Array(), {
      file: undefined,
      resolvePlugin: resolveSample,
      defaults: { data_path: '/tmp/data', pid_file: undefined },
    })
    assert.equal(configuration.file, undefined)
    assert.equal(configuration.settings.data_path, '/tmp/data')
    assert.equal(configuration.settings.pid_file, undefined)
    assert.equal(configuration.settings.run_as_user, 'kopano')
    assert.deepEqual(
      configuration.plugins.map(({ source }) => source),
      ['spreed', 'manual'],
    )
  })

  test('no content whatsoever makes the reader fail otherwise than with mistakes', async () => {
    const word = fc.constantFrom(
      'server_port',
      'plugins',
      'xmpp_jid',
      'combined_order',
      '__proto__',
      '=',
      '#',
      ' ',
      '\r',
      '\n',
      '1',
      'xmpp',
      '\ufeff',
    )
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 40 })
        .map((words) => Buffer.from(words.join(''))),
    )
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        try {
          await configured(bytes)
        } catch (error) {
          assert(error instanceof ConfigurationError, String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
})

suite('notes on presence.cfg', () => {
  test('where web pages may ask, "own" is advised, unless the file says what is meant', async () => {
    const origins = 'server_allowed_origins = https://chat.example.com\n'
    const { settings, notes } = await configured(origins)
    assert.deepEqual([settings.server_update_scope, notes.length], ['any', 1])
    assert.match(notes[0] ?? '', /:1: server_allowed_origins .*server_update_scope = own/)
    assert.equal((await configured(`${origins}server_update_scope =\n`)).notes.length, 1)
    for (const scope of ['any', 'Domain', 'own']) {
      assert.deepEqual((await configured(`${origins}server_update_scope = ${scope}\n`)).notes, [])
    }
    assert.match((await refused('server_update_scope = mine\n')).message, /must be one of any, domain, own/)
  })

  test('a board that opens by password shows all domains, which a file is told that keeps them apart', async () => {
    const visibility = 'board_password = x\nserver_visibility = domain\n'
    const { notes } = await configured(visibility)
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /:2: server_visibility is domain, but board_password/)
    assert.deepEqual((await configured('server_visibility = domain\n')).notes, [])
    assert.deepEqual((await configured('board_password = x\n')).notes, [])
  })

  test('an unknown option is named with its line, what was probably meant, and without its value', async () => {
    const { notes } = await configured('server_secret_kye = GEHEIM\nwhatever = 1\n')
    assert.deepEqual(notes, [
      `${FILE}:1: there is no option server_secret_kye, so it has no effect; did you mean server_secret_key?`,
      `${FILE}:2: there is no option whatever, so it has no effect`,
    ])
  })

  test('names from the prototype of objects are unknown options like any other', async () => {
    const { notes } = await configured('__proto__ = 1\nconstructor = 1\ntoString = 1\n')
    assert.equal(notes.length, 3)
    for (const note of notes) assert.match(note, /there is no option/)
  })

  test('a line without "=" is pointed out without being repeated, since it may hold a secret', async () => {
    const { notes } = await configured('server_secret_key GEHEIM\n= 3\n')
    assert.equal(notes.length, 2)
    assert.match(notes[0] ?? '', /:1: the line has no effect/)
    assert.doesNotMatch(notes.join(), /GEHEIM/)
  })

  test('an option of a plugin that does not run is no unknown option', async () => {
    const { notes } = await configured('xmpp_jid = a@b\n')
    assert.deepEqual(notes, [`${FILE}:1: xmpp_jid has no effect, because xmpp is not among the plugins`])
  })

  test('data_save_interval is accepted, and an empty server_bind does not open the daemon to everybody unnoticed', async () => {
    const { settings, notes } = await configured('data_save_interval = 5\nserver_bind =\n')
    assert.equal(settings.server_bind, '127.0.0.1')
    assert.match(notes[0] ?? '', /:1: data_save_interval .*every update is saved at once/)
    assert.match(notes[1] ?? '', /:2: server_bind .*127\.0\.0\.1 only/)
  })

  test("a plugin's advice is a note at the option's line", async () => {
    const { notes } = await configured('plugins = xmpp\nxmpp_jid = a@b\nxmpp_password = x\nxmpp_grace = 5\n')
    assert.deepEqual(notes, [`${FILE}:4: xmpp_grace: should be 30 seconds or more`])
  })
})
