// The plugin's README: its manager.conf gives the rights and lets through the events that are needed, and no others.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asteriskOptions } from '../../../../src/plugins/asterisk/options.ts'
import { asteriskOptionsFor, runAsterisk } from '../../../support/asterisk-run.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { blocks } from '../../../support/markdown.ts'
import { type ManagerUser, ScriptedAsterisk } from '../../../support/scripted-asterisk.ts'

const README = readFileSync(new URL('../../../../src/plugins/asterisk/README.md', import.meta.url), 'utf8')
const [MANAGER = '', PRESENCE = ''] = blocks(README, 'ini')

function managerUser(): ManagerUser {
  const values = (key: string) =>
    [...MANAGER.matchAll(new RegExp(`^${key} = (.*)$`, 'gm'))].map(([, value = '']) => value)
  const words = (key: string) => (values(key)[0] ?? '').split(',')
  return {
    ...{ name: /^\[(.*)\]$/m.exec(MANAGER)?.[1] ?? '', secret: values('secret')[0] ?? '' },
    ...{ read: words('read'), write: words('write'), filters: values('eventfilter') },
  }
}

test('its manager.conf is enough, hides all other events, and its presence.cfg fits', async (t) => {
  const user = managerUser()
  assert.equal(user.filters.length, 4)
  const asterisk = await ScriptedAsterisk.start(t, { user })
  asterisk.hints.set('110', { context: asteriskOptions.context.default, hint: 'PJSIP/110,CustomPresence:110' })
  asterisk.devices.set('PJSIP/110', 'NOT_INUSE')
  asterisk.booted = false
  const value = (key: string) => new RegExp(`^${key} = (.*)$`, 'm').exec(PRESENCE)?.[1] ?? ''
  const login = { username: value('asterisk_username'), password: value('asterisk_password') }
  const run = runAsterisk(t, asteriskOptionsFor(asterisk.port, login), new ManualClock())
  await run.until(() => run.told.length > 0)
  asterisk.boot()
  await run.settled()
  asterisk.presence('CustomPresence:110', {
    status: 'away',
    message: 'a\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/110\r\nState: INUSE',
  })
  asterisk.presence('CustomPresence:110', { status: 'dnd', message: 'b' })
  await run.says('110@example.test', 'busy b')
  asterisk.play(['Event: Newchannel', 'Privilege: call,all', 'CallerIDName: Event: DeviceStateChange'])
  asterisk.device('PJSIP/110', 'UNAVAILABLE')
  // At once, without asking: no event has come that can not be believed.
  await run.says('110@example.test', 'unavailable b')
  await asterisk.shutDown(true)
  assert.match((await run.ended)?.message ?? '', /Asterisk restarts/)
})

test('it tells of every option with its default', () => {
  for (const [name, { default: standard, unit }] of Object.entries(asteriskOptions)) {
    const row = README.split('\n').find((line) => line.startsWith(`| \`asterisk_${name}\``)) ?? ''
    assert.notEqual(row, '', name)
    const written = standard === true ? 'yes' : standard === false ? 'no' : String(standard)
    const expected =
      standard === undefined || written === '' ? '| none' : `| \`${written}\`${unit === undefined ? '' : ` ${unit}`}`
    assert.ok(row.includes(expected), `${name}: ${expected}`)
  }
})
