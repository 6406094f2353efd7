// What a manager interface may send after the login, through the socket, the parser and the reducer of the plugin.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ScriptedAsterisk } from '../../support/scripted-asterisk.ts'
import { type AmiSession, startServer, startSession } from '../ami-session.ts'
import { applied, chunks, cuts, editsOf, mischief, shown } from '../edits.ts'
import { Sessions } from '../plugin-session.ts'
import type { Target, Trial } from '../target.ts'

interface Case {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
}

const text = mischief(30)
const device = fc.oneof(
  fc.constantFrom('PJSIP/110', 'pjsip/111', 'PJSIP/999', 'Custom:DND110', '', 'x'.repeat(5_000)),
  text,
)
const state = fc.oneof(fc.constantFrom('INUSE', 'NOT_INUSE', 'UNAVAILABLE', 'UNKNOWN', 'BUSY', 'inuse', ''), text)
const status = fc.oneof(fc.constantFrom('away', 'dnd', 'available', 'not_set', 'unavailable'), text)
const message = fc.oneof(
  text,
  fc.constantFrom('\\r\\nEvent: DeviceStateChange\\r\\n', '\\\\', 'm'.repeat(60_000), '\r\n\r\nEvent: FullyBooted'),
)
const lines = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(device, state)
      .map(([name, word]) => ['Event: DeviceStateChange', `Device: ${name}`, `State: ${word}`]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(device, status, text, message)
      .map(([name, word, subtype, words]) => [
        ...['Event: PresenceStateChange', `Presentity: CustomPresence:${name.slice(-3)}`, `Status: ${word}`],
        ...[`Subtype: ${subtype}`, `Message: ${words}`],
      ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('ExtensionStatus', 'PresenceStatus', 'FullyBooted', 'Newchannel', 'Shutdown'), text)
      .map(([name, words]) => [
        ...[`Event: ${name}`, 'Privilege: call,all', 'Exten: 110', 'Context: ext-local', `Message: ${words}`],
      ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('Success', 'Error', 'Goodbye'), text)
      .map(([name, id]) => [`Response: ${name}`, `ActionID: ${id}`, 'EventList: Complete']),
  },
  { weight: 1, arbitrary: fc.array(text, { maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 900, max: 1_100 })
      .map((count) => Array.from({ length: count }, () => 'A: b'))
      .filter((all) => all.length % 50 === 0),
  },
)
const cases = fc
  .tuple(
    fc.array(lines, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    editsOf(3, ['\r\n\r\n', 'Event: ', 'ActionID: ', ': ']),
    cuts,
  )
  .map(([blocks, end, edits, places]): Case => {
    const whole = blocks.map((block) => `${block.join(end)}${end}${end}`).join('')
    return { bytes: applied(Buffer.from(whole), edits), cuts: places }
  })

/** So often a session ends although nothing is wrong with it. */
const RENEWAL = 200

class Bench implements Trial<Case> {
  readonly #sessions: Sessions<AmiSession>
  #busy = false

  constructor(server: ScriptedAsterisk) {
    this.#sessions = new Sessions(() => startSession(server), RENEWAL)
  }

  async check({ bytes, cuts: places }: Case): Promise<string> {
    const session = await this.#sessions.next()
    const before = session.told.length
    for (const chunk of chunks(bytes, places)) session.receive(chunk)
    await session.turn()
    for (const words of session.told.slice(before)) {
      assert.match(words, /^(publish|withdraw) 11[01]@example\.test|^detail$|^settled$/, words.slice(0, 200))
    }
    const verdict = await this.#outcome(session)
    if (verdict !== 'goes on') await this.#sessions.drop()
    return verdict
  }

  async stop(): Promise<void> {
    await this.#sessions.drop()
  }

  /** A true event counts, or the lists are asked for since no event is believed any more, or it ends in time. */
  async #outcome(session: AmiSession): Promise<string> {
    if (session.failure !== undefined) return 'ended'
    this.#busy = !this.#busy
    const before = session.told.length
    for (const word of [this.#busy ? 'INUSE' : 'NOT_INUSE', this.#busy ? 'NOT_INUSE' : 'INUSE']) {
      session.receive(Buffer.from(`\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/110\r\nState: ${word}\r\n\r\n`))
      session.receive(
        Buffer.from(`Event: PresenceStateChange\r\nPresentity: CustomPresence:110\r\nStatus: not_set\r\n\r\n`),
      )
    }
    await session.turn()
    if (session.told.length > before) return 'goes on'
    if (session.failure !== undefined) return 'ended'
    // Unless it is believed that something has changed and everything is asked for anew, the next ping tells.
    session.clock.advance(1_000)
    for (let round = 0; round < 50 && session.told.length === before && session.failure === undefined; round += 1)
      await session.turn()
    if (session.told.length > before) return 'asks anew'
    session.clock.advance(20_000)
    session.clock.advance(100_000)
    await session.turn()
    return session.failure === undefined ? 'nothing new' : 'ends in time'
  }
}

export const ami: Target<Case> = {
  name: 'ami',
  about: 'a manager interface makes up no users, and its session goes on or ends',
  // Each of several lines.
  runs: 50_000,
  shortRuns: 200,
  heap: 256,
  patience: 20_000,
  cases,
  show: ({ bytes, cuts: places }) => `${shown(bytes)} ${JSON.stringify(places)}`,
  async start(cleanUps) {
    const bench = new Bench(await startServer(cleanUps))
    cleanUps.after(() => bench.stop())
    return bench
  },
}
