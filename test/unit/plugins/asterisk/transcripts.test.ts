// What a real Asterisk was seen to do, played by the scripted one; and that the scripted one speaks as the real one does.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { asteriskOptionsFor, runAsterisk } from '../../../support/asterisk-run.ts'
import { type Recorded, serverBlocks, transcript, valueIn } from '../../../support/asterisk-transcripts.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { type ManagerUser, PRESENCE_USER, ScriptedAsterisk } from '../../../support/scripted-asterisk.ts'

const UNFILTERED: ManagerUser = { ...PRESENCE_USER, filters: [] }

/** The blocks of one list of a recorded connection, with its beginning and end. */
function listIn(recorded: Recorded | undefined, id: string): (readonly string[])[] {
  return (recorded === undefined ? [] : serverBlocks(recorded)).filter((block) => valueIn(block, 'ActionID') === id)
}

const isChange = (block: readonly string[]) =>
  valueIn(block, 'ActionID') === undefined && block[0]?.startsWith('Event: ')

async function start(t: TestContext, lists: readonly (readonly string[])[], user = UNFILTERED) {
  const asterisk = await ScriptedAsterisk.start(t, { user, split: 'random' })
  for (const item of lists) asterisk.learn(item)
  const clock = new ManualClock()
  const run = (context = 'from-internal') => runAsterisk(t, asteriskOptionsFor(asterisk.port, { context }), clock)
  return { asterisk, clock, run }
}

/** Moves the clock until this holds. */
async function advanced(clock: ManualClock, holds: () => boolean, step = 50): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 20_000, 'it does not happen')
    if (turn % 20 === 0) clock.advance(step)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const EVERYBODY = {
  ...{ '101@example.test': 'available', '102@example.test': 'busy', '103@example.test': 'available' },
  '105@example.test': 'away home',
}

describe('the recorded Asterisk', () => {
  test('is imitated block by block: login, lists, changes, shutdown', async (t) => {
    const recorded = transcript('13')[0]
    const lists = ['dl', 'el', 'pl'].flatMap((id) => listIn(recorded, id))
    const { asterisk } = await start(t, lists)
    const socket = connect(asterisk.port, '127.0.0.1').setEncoding('utf8')
    t.after(() => socket.destroy())
    let received = ''
    socket.on('data', (text: string) => {
      received += text
    })
    const login = transcript('02')[0]
    assert.ok(login)
    const until = async (text: string) => {
      while (!received.includes(text)) await new Promise((resolve) => setImmediate(resolve))
    }
    socket.write('Action: Challenge\r\nAuthType: MD5\r\nActionID: 1\r\n\r\n')
    await until('Challenge: ')
    await until('\r\n\r\n')
    const challenge = /Challenge: (\d+)/.exec(received)?.[1] ?? ''
    const key = createHash('md5').update(`${challenge}s3cret`).digest('hex')
    socket.write(`Action: Login\r\nAuthType: MD5\r\nUsername: presence\r\nKey: ${key}\r\nActionID: 2\r\n\r\n`)
    await until('FullyBooted')
    for (const [action, id] of [
      ['DeviceStateList', 'dl'],
      ['ExtensionStateList', 'el'],
      ['PresenceStateList', 'pl'],
    ]) {
      socket.write(`Action: ${action}\r\nActionID: ${id}\r\n\r\n`)
    }
    await until('PresenceStateListComplete')
    socket.write('Action: Logoff\r\n\r\n')
    await until('for all the fish.\r\n\r\n')
    /** But for the numbers of this run and the states of hints, which nobody reads. */
    const plain = (blocks: readonly (readonly string[])[]) =>
      blocks
        .map((block) =>
          block
            .filter((line) => !/^(Status: \d|StatusText|Challenge|Uptime|LastReload|SystemName)/.test(line))
            .join('\n'),
        )
        .filter((block) => block !== '')
        .sort()
    const mine = received
      .replace('12.0.0\r\n', '12.0.0\r\n\r\n')
      .split('\r\n\r\n')
      .map((block) => block.split('\r\n'))
    const expected = [
      ...serverBlocks(login),
      ...lists,
      ...serverBlocks(recorded ?? login).filter((block) => block[0] === 'Event: FullyBooted'),
    ]
    assert.deepEqual(plain(mine), plain(expected))
  })

  test('lists what is learned, however its pieces come (13-boot)', async (t) => {
    const recorded = transcript('13')[0]
    const { run } = await start(
      t,
      ['dl', 'el', 'pl'].flatMap((id) => listIn(recorded, id)),
    )
    const session = run()
    await session.settled()
    assert.deepEqual(Object.fromEntries(session.known), EVERYBODY)
  })

  test('answers before it has booted, and nothing of that counts (13-boot)', async (t) => {
    const [whole, booting] = transcript('13')
    const { asterisk, run } = await start(
      t,
      ['dl', 'el', 'pl'].flatMap((id) => listIn(whole, id)),
    )
    asterisk.booted = false
    const session = run()
    await session.until(() => session.told.length > 0)
    const events = serverBlocks(booting ?? { entries: [] }).filter(isChange)
    assert.equal(events.at(-1)?.[0], 'Event: FullyBooted')
    for (const event of events.slice(0, -1)) asterisk.play(event)
    assert.equal(asterisk.count('DeviceStateList'), 0)
    asterisk.booted = true
    asterisk.play(events.at(-1) ?? [])
    await session.settled()
    assert.deepEqual(Object.fromEntries(session.known), EVERYBODY)
    const [, ...told] = session.told.slice(0, session.told.indexOf('settled'))
    assert.deepEqual(
      told.sort(),
      Object.entries(EVERYBODY).map(([user, what]) => `publish ${user} ${what}`),
    )
  })

  test('changes devices in every way, the two events of a change in either order (05-device-states)', async (t) => {
    const [recorded] = transcript('05')
    const hints = listIn(recorded, 'el')
    const { asterisk, run } = await start(t, hints)
    asterisk.devices.set('Custom:alice', 'UNKNOWN')
    const session = run()
    await session.settled()
    for (const event of serverBlocks(recorded ?? { entries: [] }).filter(isChange)) asterisk.play(event)
    await session.until(() => session.told.includes('withdraw 104@example.test'))
    const of = (user: string) =>
      session.told.filter((text) => text.includes(`${user}@`)).map((text) => text.split(' ').at(-1))
    // INVALID and UNAVAILABLE, RINGING and NOT_INUSE are no changes; 104 has no phone that is known.
    assert.deepEqual(of('101'), ['available', 'busy', 'unavailable', 'available', 'busy', 'available'])
    assert.deepEqual(of('103'), ['busy', 'unavailable', 'available'])
    assert.deepEqual(of('104'), ['busy', '104@example.test'])
    assert.deepEqual([...session.known.keys()].sort(), ['101@example.test', '103@example.test'])
  })

  test('sends presence states escaped and raw, in either order (06-presence-states, 11-utf8-and-quoting)', async (t) => {
    const [recorded] = transcript('06')
    const { asterisk, clock, run } = await start(t, listIn(recorded, 'el'), PRESENCE_USER)
    const session = run()
    await session.settled()
    const said = () =>
      session.told.filter((text) => text.includes('101@')).map((text) => text.replace(/ 101@example\.test/, ''))
    const changes = serverBlocks(recorded ?? { entries: [] }).filter(isChange)
    for (const event of changes) asterisk.play(event)
    await session.says('105@example.test', 'away home')
    assert.deepEqual(said(), [
      ...['publish unavailable', 'publish available', 'publish away', 'publish available', 'publish busy'],
      ...['publish busy WnVyw7xja8K3', 'publish available'],
    ])
    const [quoting] = transcript('11')
    const before = said().length
    for (const event of serverBlocks(quoting ?? { entries: [] }).filter(isChange)) asterisk.play(event)
    await advanced(clock, () => said().length >= before + 7)
    assert.deepEqual(said().slice(before), [
      ...['publish away Back at 14:00', 'publish away Zurück um 14:00 – 🍕', 'publish away backslash q'],
      ...['publish busy WnVyw7xjaw==', 'publish away latin1', 'publish away café', 'publish available'],
    ])
  })

  test('lets only what is needed through the filters (08-fullybooted-masks)', async (t) => {
    const [, , , filtered] = transcript('08')
    const { asterisk, run } = await start(t, listIn(filtered, 'el'), PRESENCE_USER)
    const session = run()
    await session.settled()
    for (const event of serverBlocks(filtered ?? { entries: [] }).filter(isChange)) asterisk.play(event)
    await session.until(() => session.told.includes('publish 101@example.test available'))
    assert.deepEqual(
      session.told.filter((text) => /^(publish|withdraw)/.test(text)),
      [
        ...['publish 102@example.test busy', 'publish 102@example.test available'],
        ...['publish 101@example.test away hi', 'publish 101@example.test available'],
      ],
    )
  })

  test('says nothing of hints that a reload has removed (10-dialplan-reload)', async (t) => {
    const [recorded] = transcript('10')
    const blocks = serverBlocks(recorded ?? { entries: [] })
    const start10 = blocks.findIndex((block) => valueIn(block, 'EventList') === 'start')
    const end10 = blocks.findIndex((block) => block[0] === 'Event: ExtensionStateListComplete')
    const { asterisk, clock, run } = await start(t, listIn(transcript('05')[0], 'el'))
    for (const device of ['Custom:bob', 'Custom:alice', 'Custom:eve']) asterisk.devices.set(device, 'NOT_INUSE')
    const session = run()
    await session.settled()
    assert.deepEqual([...session.known.keys()].sort(), ['101@example.test', '102@example.test'])
    for (const event of blocks.slice(0, start10).filter(isChange)) asterisk.play(event)
    asterisk.hints.clear()
    for (const item of blocks.slice(start10 + 1, end10)) asterisk.learn(item)
    await advanced(clock, () => session.known.has('106@example.test'), 5_000)
    assert.deepEqual([...session.known.keys()].sort(), ['101@example.test', '106@example.test'])
  })

  for (const [index, told] of [
    [0, /Asterisk restarts$/],
    [1, /Asterisk is shutting down$/],
    [2, /Asterisk is shutting down$/],
    [3, /Asterisk is shutting down$/],
  ] as const) {
    test(`says goodbye when it is ended in order (12-shutdown, connection ${index + 1})`, async (t) => {
      const { asterisk, run } = await start(t, [])
      const session = run()
      await session.settled()
      const recorded = transcript('12')[index]
      for (const event of serverBlocks(recorded ?? { entries: [] }).filter(isChange)) asterisk.play(event)
      assert.match((await session.ended)?.message ?? '', told)
    })
  }

  test('just ends when it is killed (12-shutdown)', async (t) => {
    const { asterisk, run } = await start(t, [])
    const session = run()
    await session.settled()
    await asterisk.kill()
    assert.match(
      (await session.ended)?.message ?? '',
      /the (server closed the connection|connection (was closed|broke))/,
    )
  })

  test('refuses a wrong key in these words (03-login-wrong)', () => {
    const answers = transcript('03').map((recorded) => serverBlocks(recorded).at(-1) ?? [])
    assert.deepEqual(
      answers.map((block) => valueIn(block, 'Message')),
      ['Authentication failed', 'Authentication failed', 'Authentication failed', 'Permission denied'],
    )
  })
})
