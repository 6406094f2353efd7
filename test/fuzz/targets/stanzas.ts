// What an XMPP server may send after the login, through the socket and the parser of the plugin: bytes and elements of any kind.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { applied, chunks, cuts, editsOf, mischief, shown } from '../edits.ts'
import type { Target, Trial } from '../target.ts'
import { startSession, type XmppSession } from '../xmpp-session.ts'

interface Case {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
  /** Bytes were changed, so that anything may stand there now. */
  readonly isEdited: boolean
}

const attribute = (letters: string) =>
  letters.replace(/[&<>'"]/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ')
const text = mischief(20).map(attribute)
const jid = fc.oneof(
  fc.constantFrom(
    'u@example.test/1',
    'u@example.test/2',
    'U@Example.test/1',
    'v@example.test',
    'u@example.test',
    'bot@example.test/kp',
  ),
  fc.constantFrom(
    'stranger@example.test/1',
    'u@evil.test/1',
    'u@example.test@evil.test/1',
    'example.test',
    '@',
    '/',
    'u@',
    '',
  ),
  fc.constantFrom(
    'stranger@example.test/u@example.test',
    'room@chat.example.test/u',
    'x'.repeat(4_000),
    'u@example.test\u200b/1',
  ),
  mischief(10).map((letters) => attribute(`stranger${letters}@example.test/1`)),
)
const child = fc.oneof(
  fc.constantFrom(
    '<show>dnd</show>',
    '<show>away</show>',
    '<show>xa</show>',
    '<show>chat</show>',
    '<show/>',
    '<show>dnd</show><show>xa</show>',
  ),
  text.map((letters) => `<status>${letters}</status>`),
  fc.integer({ min: -1_000, max: 1_000 }).map((number) => `<priority>${number}</priority>`),
  fc.constantFrom(
    '<priority>99999999999999999999</priority>',
    '<priority>١</priority>',
    "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
  ),
  fc.constantFrom(
    "<delay xmlns='urn:xmpp:delay' stamp='+999999-01-01T00:00:00Z'/>",
    "<x xmlns='http://jabber.org/protocol/muc#user'/>",
  ),
  fc.constantFrom(
    "<status xml:lang='de'>da</status>",
    '<a><b><c/></b></a>',
    '<![CDATA[<show>dnd</show>]]>',
    '<!-- -->',
    '<?pi?>',
  ),
)
const presence = fc
  .tuple(
    jid,
    fc.constantFrom('', '', '', 'unavailable', 'subscribe', 'unsubscribed', 'error', 'probe', 'x'),
    fc.array(child, { maxLength: 4 }),
  )
  .map(
    ([from, type, children]) =>
      `<presence from='${from}'${type === '' ? '' : ` type='${type}'`}>${children.join('')}</presence>`,
  )
/** Only `from` makes the difference between the own server and anybody. */
const forgedPush = fc
  .tuple(
    fc.constantFrom(
      'evil@example.test/1',
      'u@example.test/1',
      'example.test',
      'evil.test',
      'bot@example.test.evil/1',
      'x@',
    ),
    fc.constantFrom('both', 'to', 'remove', 'none'),
  )
  .map(
    ([from, subscription]) =>
      `<iq type='set' id='f' from='${from}'><query xmlns='jabber:iq:roster'><item jid='stranger@example.test' subscription='${subscription}'/></query></iq>`,
  )
const push = fc
  .tuple(
    fc.constantFrom('v@example.test', 'w@example.test', 'w@evil.test', '', '@'),
    fc.constantFrom('both', 'to', 'none', 'x'),
  )
  .map(
    ([item, subscription]) =>
      `<iq type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='${item}' subscription='${subscription}'/></query></iq>`,
  )
const other = fc.oneof(
  text.map((letters) => `<message from='stranger@example.test/1'><body>${letters}</body></message>`),
  fc.constantFrom(
    "<iq type='get' id='1' from='x@y'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "<iq type='result' id='never-asked'/>",
    "<iq type='error' id='never-asked'/>",
    '<iq/>',
    "<iq type='get'/>",
    "<iq type='set' id='2'><a/><b/></iq>",
    '<r/>',
    "<features xmlns='http://etherx.jabber.org/streams'/>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    ' \n ',
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
    "<presence from='u@example.test/1'>".repeat(80) + '</presence>'.repeat(80),
    `<presence from='u@example.test/1' ${Array.from({ length: 2_000 }, (_, index) => `a${index}='x'`).join(' ')}/>`,
    `<presence from='u@example.test/1'><status>${'y'.repeat(50_000)}</status></presence>`,
  ),
)
const ending = fc.constantFrom(
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><presence>&b;</presence>',
  '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
  '<presence>&lol;</presence>',
  '<presence>&#0;&#xffffffff;&#x110000;</presence>',
  '</stream:stream>',
  "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
  '</a>',
  '<a></b>',
  '<',
  '<presence from=',
  "<stream:stream xmlns='jabber:client'>",
  '<?xml version="1.0"?>',
  '\0',
  '<a b="1" b="2"/>',
  '<a:b:c/>',
  "<presence from='u@example.test/1'",
  `<presence from='${'z'.repeat(600_000)}`,
  `<presence><status>${'z'.repeat(600_000)}`,
  '<a>'.repeat(100_000),
  '&',
  ']]>',
  '<![CDATA[',
)
const stanza = fc.oneof(
  { weight: 6, arbitrary: presence },
  { weight: 1, arbitrary: forgedPush },
  { weight: 1, arbitrary: push },
  { weight: 2, arbitrary: other },
)
const words = [
  "from='u@example.test/1'",
  '<presence',
  '</presence>',
  '<!--',
  '<![CDATA[',
  '&lt;',
  '&#x0;',
  '<iq ',
  "xmlns='",
  '/>',
]
const cases = fc
  .tuple(
    fc.array(stanza, { maxLength: 5 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: ending }),
    editsOf(3, words),
    cuts,
  )
  .map(([stanzas, end, edits, places]): Case => {
    return { bytes: applied(Buffer.from(stanzas.join('') + end), edits), cuts: places, isEdited: edits.length > 0 }
  })

/** So often a session ends although nothing is wrong with it, so that what it has learned does not pile up. */
const RENEWAL = 500

class Bench implements Trial<Case> {
  #session: XmppSession | undefined
  #age = 0

  async check({ bytes, cuts: places, isEdited }: Case): Promise<string> {
    const session = await this.#fresh()
    const before = session.told.length
    for (const chunk of chunks(bytes, places)) session.receive(chunk)
    await session.turn()
    for (const words of session.told.slice(before)) this.#checkWords(words, isEdited)
    const verdict = await this.#outcome(session)
    // Changed bytes can make a contact of anybody, for the server is believed.
    if ((isEdited && bytes.includes('roster')) || verdict !== 'goes on') await this.#drop()
    return verdict
  }

  async stop(): Promise<void> {
    await this.#drop()
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

  async #fresh(): Promise<XmppSession> {
    this.#age += 1
    if (this.#age % RENEWAL === 0) await this.#drop()
    this.#session ??= await startSession()
    return this.#session
  }

  async #drop(): Promise<void> {
    await this.#session?.stop()
    this.#session = undefined
  }
}

export const stanzas: Target<Case> = {
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
