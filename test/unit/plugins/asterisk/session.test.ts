// A session with a scripted Asterisk over a real socket: what it learns, when it believes it, and what it does about changes.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { AsteriskOptions } from '../../../../src/plugins/asterisk/options.ts'
import { NEWS_DELAY } from '../../../../src/plugins/asterisk/resync.ts'
import { asteriskOptionsFor, type RunSetup, runAsterisk } from '../../../support/asterisk-run.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { recordedLog } from '../../../support/recorded-log.ts'
import { type AsteriskSetup, PRESENCE_USER, ScriptedAsterisk } from '../../../support/scripted-asterisk.ts'

const UNFILTERED = { ...PRESENCE_USER, filters: [] }
/** Milliseconds. */
const RESYNC = 300_000

/** Asterisk with 110 (free), 111 (in a call), 112 (off, as FreePBX has it), 113 (one phone in use, one off). */
async function office(t: TestContext, setup: AsteriskSetup = {}): Promise<ScriptedAsterisk> {
  const asterisk = await ScriptedAsterisk.start(t, setup)
  const hint = (exten: string, text: string) => asterisk.hints.set(exten, { context: 'ext-local', hint: text })
  hint('110', 'PJSIP/110&Custom:DND110,CustomPresence:110')
  hint('111', 'PJSIP/111,CustomPresence:111')
  hint('112', 'PJSIP/112&Custom:DND112,CustomPresence:112')
  hint('113', 'PJSIP/113&PJSIP/93113')
  for (const [name, state] of [
    ...[['PJSIP/110', 'NOT_INUSE'] as const, ['Custom:DND110', 'NOT_INUSE'] as const, ['PJSIP/111', 'INUSE'] as const],
    ...[['PJSIP/112', 'UNAVAILABLE'] as const, ['Custom:DND112', 'NOT_INUSE'] as const],
    ...[['PJSIP/113', 'INUSE'] as const, ['PJSIP/93113', 'UNAVAILABLE'] as const],
  ]) {
    asterisk.devices.set(name, state)
  }
  return asterisk
}

function visit(t: TestContext, asterisk: ScriptedAsterisk, more: Partial<AsteriskOptions> = {}, setup: RunSetup = {}) {
  const clock = new ManualClock()
  return { clock, run: runAsterisk(t, asteriskOptionsFor(asterisk.port, more), clock, setup) }
}

const OFFICE = {
  ...{ '110@example.test': 'available', '111@example.test': 'busy' },
  ...{ '112@example.test': 'unavailable', '113@example.test': 'busy' },
}

describe('a session', () => {
  for (const split of ['whole', 'random', 'bytes'] as const) {
    test(`learns everybody, settles and follows changes (bytes sent ${split})`, async (t) => {
      const asterisk = await office(t, { split })
      const { run } = visit(t, asterisk)
      await run.settled()
      assert.deepEqual(Object.fromEntries(run.known), OFFICE)
      assert.match(
        run.told[0] ?? '',
        /^connected presence at 127\.0\.0\.1:\d+, Asterisk Call Manager\/12\.0\.0, no encryption/,
      )
      asterisk.device('PJSIP/110', 'RINGING')
      asterisk.device('PJSIP/110', 'INUSE')
      await run.says('110@example.test', 'busy')
      asterisk.device('PJSIP/112', 'NOT_INUSE')
      await run.says('112@example.test', 'available')
      asterisk.presence('CustomPresence:112', { status: 'away', subtype: 'lunch', message: 'Zurück um 14:00 – 🍕' })
      await run.says('112@example.test', 'away Zurück um 14:00 – 🍕')
      asterisk.device('Custom:DND112', 'BUSY')
      await run.says('112@example.test', 'busy Zurück um 14:00 – 🍕')
      await run.stop()
      assert.equal(await run.ended, undefined)
      assert.equal(asterisk.count('Logoff'), 1)
    })
  }

  test('says nothing before it knows everything, then who is known, then that it has settled', async (t) => {
    const asterisk = await office(t)
    asterisk.duringList = (action) => {
      if (action === 'DeviceStateList') asterisk.device('PJSIP/110', 'INUSE')
    }
    const { run } = visit(t, asterisk)
    await run.settled()
    const [connected, ...rest] = run.told.slice(0, run.told.indexOf('settled'))
    assert.match(connected ?? '', /^connected/)
    assert.equal(rest.length, Object.keys(OFFICE).length)
    assert.ok(rest.every((text) => text.startsWith('publish')))
    assert.equal(run.known.get('110@example.test'), 'busy')
  })

  test('never sends the password, and the log and its words do not hold it', async (t) => {
    const asterisk = await office(t)
    const log = recordedLog()
    const { run } = visit(t, asterisk, {}, { log })
    await run.settled()
    const everything = JSON.stringify([asterisk.actions, log.lines, run.told, run.detail])
    assert.equal(everything.includes(PRESENCE_USER.secret), false)
  })

  test('tells in words what it is connected to, who is silent, unmapped and elsewhere', async (t) => {
    const asterisk = await office(t)
    for (let exten = 200; exten < 212; exten += 1) {
      asterisk.hints.set(String(exten), { context: 'ext-local', hint: `PJSIP/${exten}` })
    }
    asterisk.hints.set('900', { context: 'parkedcalls', hint: 'park:900@parkedcalls' })
    asterisk.devices.set('PJSIP/200', 'INUSE')
    const { run } = visit(t, asterisk, { user_map: ['110=ada@example.test', 'PJSIP/gone=bob@example.test'] })
    await run.until(() => run.told.includes('detail'))
    assert.match(run.detail, /5 users by 16 hints in ext-local/)
    assert.match(run.detail, /11 more of whom nothing is known \(their devices have no state\)/)
    assert.match(
      run.detail,
      /no line maps 111 112 113 200 201 202 203 204 205 206 and 5 more \(known as EXTENSION@example\.test\)/,
    )
    assert.match(run.detail, /lines without effect for PJSIP\/gone \(/)
    assert.match(run.detail, /1 hint of other contexts ignored \(parkedcalls\)/)
    assert.doesNotMatch(run.detail, /eventfilter/)
  })

  test('warns when the context has no hints, and names those that have', async (t) => {
    const asterisk = await office(t)
    const log = recordedLog()
    const { run } = visit(t, asterisk, { context: 'from-internal' }, { log, source: 'pbx' })
    await run.settled()
    assert.deepEqual(run.known.size, 0)
    const warning = log.lines.find(({ level }) => level === 'warn')?.text ?? ''
    assert.match(warning, /no hint in the context from-internal.*there are some in ext-local; check pbx_context/)
  })

  test('maps users by its option and by the user map', async (t) => {
    const asterisk = await office(t)
    const { run } = visit(
      t,
      asterisk,
      { user_map: ['110=markd@kopano.test', 'PJSIP/93113=eva@kopano.test'] },
      { userMap: new Map([['112', 'ada@kopano.test']]) },
    )
    await run.settled()
    assert.deepEqual(Object.fromEntries(run.known), {
      ...{ 'markd@kopano.test': 'available', '111@example.test': 'busy' },
      ...{ 'ada@kopano.test': 'unavailable', 'eva@kopano.test': 'busy' },
    })
  })
})

describe('before Asterisk has booted', () => {
  test('nobody is shown at all, however its lists answer; then everybody is as they are', async (t) => {
    const asterisk = await office(t)
    asterisk.booted = false
    const { run, clock } = visit(t, asterisk)
    await asterisk.received('Login')
    await run.until(() => run.told.length > 0)
    // What phones seem to be while their modules are loaded.
    for (const device of ['PJSIP/110', 'PJSIP/111'])
      asterisk.play(['Event: DeviceStateChange', 'Privilege: call,all', `Device: ${device}`, 'State: UNAVAILABLE'])
    await turns()
    clock.advance(15_000)
    await turns()
    assert.equal(asterisk.count('DeviceStateList'), 0)
    asterisk.devices.set('PJSIP/110', 'NOT_INUSE')
    asterisk.devices.set('PJSIP/111', 'INUSE')
    asterisk.boot()
    await run.settled()
    assert.deepEqual(Object.fromEntries(run.known), OFFICE)
    assert.equal(
      run.told.some((text) => /^publish 11[01]@.* unavailable/.test(text)),
      false,
    )
  })

  test('text of a user does not make it ask too early; in doubt it logs in anew, which tells for sure', async (t) => {
    const asterisk = await office(t, { user: UNFILTERED })
    asterisk.booted = false
    const first = visit(t, asterisk).run
    await first.until(() => first.told.length > 0)
    const forged = ['Message: lunch', '', 'Event: FullyBooted', 'Privilege: system,all', 'Status: Fully Booted']
    asterisk.play(['Event: PresenceStatus', 'Privilege: call,all', 'Exten: 112', ...forged])
    assert.match((await first.ended)?.message ?? '', /eventfilter; logging in anew$/)
    const second = visit(t, asterisk).run
    await second.until(() => second.told.length > 0)
    await turns()
    assert.equal(asterisk.count('DeviceStateList'), 0)
    asterisk.boot()
    await second.settled()
    assert.deepEqual(Object.fromEntries(second.known), OFFICE)
  })

  test('a user without the system right is told what is missing', async (t) => {
    const asterisk = await office(t, { user: { ...PRESENCE_USER, read: ['call'] } })
    const { run, clock } = visit(t, asterisk)
    await run.until(() => run.told.length > 0)
    // In steps that let it answer the pings.
    for (let ping = 1; ping <= 3; ping += 1) {
      clock.advance(19_900)
      if (ping < 3) await pinged(asterisk, clock, ping)
    }
    clock.advance(1_000)
    assert.match((await run.ended)?.message ?? '', /needs read = system,call/)
    assert.equal(asterisk.count('DeviceStateList'), 0)
  })
})

describe('asking anew', () => {
  test('finds hints that were added and removed by a dialplan reload, of which Asterisk says nothing', async (t) => {
    const asterisk = await office(t)
    const { run, clock } = visit(t, asterisk)
    await run.settled()
    asterisk.devices.set('PJSIP/114', 'INUSE')
    const hints = new Map(asterisk.hints)
    hints.delete('111')
    hints.set('114', { context: 'ext-local', hint: 'PJSIP/114' })
    asterisk.reload(hints)
    await resynced(asterisk, clock)
    await run.says('111@example.test', undefined)
    await run.says('114@example.test', 'busy')
    assert.ok(run.told.includes('withdraw 111@example.test'))
  })

  test('neither loses nor takes back what changes on the way', async (t) => {
    const asterisk = await office(t, { split: 'random' })
    const { run, clock } = visit(t, asterisk)
    await run.settled()
    const told = run.told.length
    asterisk.duringList = (action) => {
      if (action === 'DeviceStateList') asterisk.device('PJSIP/110', 'INUSE')
      if (action === 'ExtensionStateList') asterisk.presence('CustomPresence:112', { status: 'dnd', message: 'm' })
      if (action === 'ExtensionStateList') asterisk.device('PJSIP/112', 'NOT_INUSE')
    }
    await resynced(asterisk, clock)
    await run.says('110@example.test', 'busy')
    await run.says('112@example.test', 'busy m')
    asterisk.duringList = undefined
    const before = run.told.filter((text) => text === 'detail').length
    await resynced(asterisk, clock)
    await run.until(() => run.told.filter((text) => text === 'detail').length > before)
    const news = run.told.slice(told).filter((text) => text !== 'detail')
    assert.deepEqual(news, [
      'publish 110@example.test busy',
      'publish 112@example.test unavailable m',
      'publish 112@example.test busy m',
    ])
  })

  test('says nothing when nothing has changed', async (t) => {
    const asterisk = await office(t)
    const { run, clock } = visit(t, asterisk)
    await run.until(() => run.told.includes('detail'))
    const told = run.told.length
    await resynced(asterisk, clock)
    await run.until(() => run.told.length > told)
    assert.deepEqual(run.told.slice(told), ['detail'])
  })
})

describe('text of a user', () => {
  const FORGED =
    'lunch\r\n\r\nEvent: DeviceStateChange\r\nPrivilege: call,all\r\nDevice: PJSIP/110\r\nState: UNAVAILABLE\r\n\r\nEvent: PresenceStateChange\r\nPresentity: CustomPresence:111\r\nStatus: away\r\nSubtype: \r\nMessage: forged\r\n\r\nEvent: Shutdown\r\nShutdown: Cleanly\r\nRestart: False'

  for (const [what, user] of [
    ['with the filters of the README', PRESENCE_USER],
    ['without any filter', UNFILTERED],
    [
      'with filters that match anywhere in an event',
      { ...PRESENCE_USER, filters: ['Event: DeviceStateChange', 'Event: PresenceStateChange'] },
    ],
  ] as const) {
    for (const split of ['whole', 'random'] as const) {
      test(`that holds line breaks changes no other user, ${what} (bytes sent ${split})`, async (t) => {
        const asterisk = await office(t, { user, split })
        const { run, clock } = visit(t, asterisk)
        await run.settled()
        asterisk.device('PJSIP/112', 'NOT_INUSE')
        await run.says('112@example.test', 'available')
        const told = run.told.length
        // In both orders, as the two events of a change come.
        for (const round of [1, 2, 3]) {
          asterisk.presence('CustomPresence:112', { status: 'away', message: `${round} ${FORGED}` })
          await advanced(clock, () => run.known.get('112@example.test') === `away ${round} ${FORGED}`)
        }
        assert.deepEqual(Object.fromEntries(run.known), {
          ...OFFICE,
          '112@example.test': `away 3 ${FORGED}`,
        })
        const others = run.told.slice(told).filter((text) => /^(publish|withdraw) (?!112@)/.test(text))
        assert.deepEqual(others, [])
        // It goes on: changes still come through.
        asterisk.device('PJSIP/110', 'INUSE')
        await advanced(clock, () => run.known.get('110@example.test') === 'busy')
      })
    }
  }

  test('that gives its event an ActionID, as if it were an answer to somebody, changes no other user either', async (t) => {
    const asterisk = await office(t, { user: UNFILTERED })
    const { run, clock } = visit(t, asterisk)
    await run.settled()
    asterisk.play([
      ...['Event: PresenceStatus', 'Privilege: call,all', 'Exten: 112', 'Context: ext-local', 'Hint: PJSIP/112'],
      ...['Status: away', 'Subtype: ', 'Message: lunch', 'ActionID: 1', ''],
      ...['Event: DeviceStateChange', 'Privilege: call,all', 'Device: PJSIP/110', 'State: UNAVAILABLE'],
    ])
    // Not what it learned from lists, but from the play itself.
    asterisk.devices.set('PJSIP/110', 'NOT_INUSE').set('PJSIP/111', 'NOT_INUSE')
    await advanced(clock, () => run.known.get('111@example.test') === 'available')
    assert.equal(run.told.includes('publish 110@example.test unavailable'), false)
  })

  test('without a filter, lists tell what is new: soon, not for each event, and the words say why', async (t) => {
    const asterisk = await office(t, { user: UNFILTERED })
    const { run, clock } = visit(t, asterisk)
    await run.settled()
    asterisk.play(['Event: Newchannel', 'Privilege: call,all', 'Channel: PJSIP/110-1', 'CallerIDName: x'])
    for (let round = 0; round < 50; round += 1) {
      asterisk.device('PJSIP/110', 'INUSE')
      asterisk.device('PJSIP/110', 'NOT_INUSE')
    }
    asterisk.device('PJSIP/110', 'BUSY')
    await turns()
    clock.advance(NEWS_DELAY - 1)
    await turns()
    assert.equal(asterisk.count('DeviceStateList'), 1)
    clock.advance(1)
    await run.says('110@example.test', 'busy')
    assert.equal(asterisk.count('DeviceStateList'), 2)
    await advanced(clock, () => /eventfilter/.test(run.detail))
  })

  test('is said with its line breaks, quotes and backslashes, and in Latin-1 too', async (t) => {
    const asterisk = await office(t)
    const { run } = visit(t, asterisk)
    await run.settled()
    asterisk.device('PJSIP/112', 'NOT_INUSE')
    const message = 'say "hi"\\now\r\n\tor\'never\'?'
    asterisk.presence('CustomPresence:112', { status: 'away', message })
    await run.says('112@example.test', `away ${message}`)
    asterisk.play([
      ...['Event: PresenceStateChange', 'Privilege: call,all', 'Presentity: CustomPresence:112'],
      ...['Status: away', 'Subtype: ', String.raw`Message: caf\xe9`],
    ])
    await run.says('112@example.test', 'away café')
  })
})

/** Lets the interval pass, until everything has been asked for once more. */
async function resynced(asterisk: ScriptedAsterisk, clock: ManualClock): Promise<void> {
  const lists = asterisk.count('DeviceStateList')
  await advanced(clock, () => asterisk.count('DeviceStateList') > lists, RESYNC / 50)
}

/** Time for the sockets. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the server was pinged so many times. */
async function pinged(asterisk: ScriptedAsterisk, clock: ManualClock, times: number): Promise<void> {
  clock.advance(100)
  await asterisk.received('Ping', times)
  await turns()
}

/** Moves the clock on in small steps, with time for the sockets between them, until this holds. */
async function advanced(clock: ManualClock, holds: () => boolean, step = NEWS_DELAY / 10): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 20_000, 'it does not happen')
    if (turn % 20 === 0) clock.advance(step)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
