// What an XMPP server may send after the login, through the socket and the parser of the plugin: bytes and elements of any kind.
import assert from 'node:assert/strict'
import { chunks, shown } from '../edits.ts'
import { Sessions } from '../plugin-session.ts'
import type { Target, Trial } from '../target.ts'
import { startSession, type XmppSession } from '../xmpp-session.ts'
import { cases, type RawStanzas } from '../xmpp-stanzas.ts'

/** So often a session ends although nothing is wrong with it, so that what it has learned does not pile up. */
const RENEWAL = 500

class Bench implements Trial<RawStanzas> {
  readonly #sessions = new Sessions(startSession, RENEWAL)

  async check({ bytes, cuts: places, isEdited }: RawStanzas): Promise<string> {
    const session = await this.#sessions.next()
    const before = session.told.length
    for (const chunk of chunks(bytes, places)) session.receive(chunk)
    await session.turn()
    for (const words of session.told.slice(before)) this.#checkWords(words, isEdited)
    const verdict = await this.#outcome(session)
    // Changed bytes can make a contact of anybody, for the server is believed.
    if ((isEdited && bytes.includes('roster')) || verdict !== 'goes on') await this.#sessions.drop()
    return verdict
  }

  async stop(): Promise<void> {
    await this.#sessions.drop()
  }

  #checkWords(words: string, isEdited: boolean): void {
    const told = /^(publish|withdraw) (.*?)(?: (?:available|busy|away|unavailable)(?: |$)|$)/s.exec(words)
    if (told === null) return
    const user = told[2] ?? ''
    assert.match(user, /@example\.test$/s, words.slice(0, 200))
    assert.ok(user.length <= 3_071 && words.length < 3_071 + 20_100)
    if (!isEdited) assert.match(user, /^[uvw]@/, 'only contacts are published')
  }

  /** The session takes what is said next, or has ended, or waits for the end of what has begun, and no longer than it waits for any sign of life. */
  async #outcome(session: XmppSession): Promise<string> {
    if (session.failure !== undefined) return 'ended'
    if (await session.answersPing()) return 'goes on'
    session.clock.advance(20_000)
    await session.turn()
    session.clock.advance(10_001)
    await session.turn()
    assert.ok(session.failure !== undefined, 'it hangs: the session neither goes on nor ends')
    return 'waits, and ends in time'
  }
}

export const stanzas: Target<RawStanzas> = {
  name: 'stanzas',
  about: 'an XMPP server makes nobody a contact, and its session goes on or ends',
  runs: 100_000,
  shortRuns: 200,
  heap: 256,
  patience: 20_000,
  cases,
  show: ({ bytes, ...rest }) => `${shown(bytes)} ${JSON.stringify(rest)}`,
  async start(cleanUps) {
    const bench = new Bench()
    cleanUps.after(() => bench.stop())
    return bench
  },
}
