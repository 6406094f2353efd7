// The `plugins` option and the options of plugins.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { configured, FILE, refused } from '../../support/configurations.ts'

suite('plugins in presence.cfg', () => {
  test('each reads the options that begin with the name of its source, in the order of the list', async () => {
    const { plugins, given, notes } = await configured(
      [
        'plugins = office=xmpp spreed xmpp',
        'office_jid = a@office',
        'office_password = x',
        'office_user_id_strip_domain = YES',
        'office_ca_file = ca.pem',
        'xmpp_jid = a@home',
        'xmpp_password = y',
        'spreed_auto_unavailable = 3',
      ].join('\n'),
    )
    assert.deepEqual(
      plugins.map(({ source, definition, options }) => [source, definition.name, options]),
      [
        [
          'office',
          'xmpp',
          {
            jid: 'a@office',
            password: 'x',
            user_id_strip_domain: true,
            grace: 60,
            port: 5222,
            ca_file: '/etc/kopano/ca.pem',
          },
        ],
        ['spreed', 'spreed', { auto_unavailable: 3 }],
        [
          'xmpp',
          'xmpp',
          { jid: 'a@home', password: 'y', user_id_strip_domain: false, grace: 60, port: 5222, ca_file: undefined },
        ],
      ],
    )
    assert.equal(given.has('office_jid'), true)
    assert.deepEqual(notes, [])
  })

  test("mistakes between a plugin's options are told at the line of the option, else at that of plugins", async () => {
    const { mistakes } = await refused('log_level = 3\nplugins = xmpp\nxmpp_jid =\n')
    assert.deepEqual(
      mistakes.map(({ line, option, text }) => [line, option, text]),
      [
        [2, 'xmpp_password', 'is missing; set the password'],
        [3, 'xmpp_jid', 'is missing; set the account'],
      ],
    )
  })

  test('an unknown plugin is refused with the likely one, the built-in ones and the package to install', async () => {
    const { message } = await refused('plugins = spreed xmmp')
    assert.equal(
      message,
      `${FILE}:1: plugins: there is no plugin xmmp; did you mean xmpp? (built in: spreed, manual, xmpp; for another one install the package kopano-presence-plugin-xmmp, and name its folder as plugin_path)`,
    )
  })

  test('a plugin that cannot be loaded is refused with the reason', async () => {
    assert.match((await refused('plugins = broken')).message, /the plugin broken can't be loaded: it has a hole/)
  })

  test('names that mean something else, that are no names, or that come twice are refused', async () => {
    for (const [entries, words] of [
      ['user_id=spreed', /no source can be called user_id/],
      ['busy=spreed', /no source can be called busy/],
      ['Web=spreed', /no source can be called "Web"/],
      ['=spreed', /no source can be called ""/],
      ['web=', /no plugin is called ""/],
      ['web=../../etc', /no plugin is called "..\/..\/etc"/],
      ['spreed spreed', /the source spreed is named twice/],
      ['spreed # and more', /a comment needs a line of its own/],
    ] as const) {
      assert.match((await refused(`plugins = ${entries}`)).message, words)
    }
  })

  test('a source may not read an option that belongs to the daemon', async () => {
    const { message } = await refused('plugins = server=xmpp\n')
    assert.match(message, /server would read server_port, which belongs to something else already; choose another NAME/)
  })

  test('a source named __proto__ is a source like any other', async () => {
    const { plugins } = await configured('plugins = __proto__=spreed\n__proto___auto_unavailable = 5\n')
    assert.deepEqual(
      plugins.map(({ source, options }) => [source, options]),
      [['__proto__', { auto_unavailable: 5 }]],
    )
  })
})
