// What an XMPP server may send, in bytes: presence, pushes of the roster, forged ones, and what is no XML.
import fc from 'fast-check'
import { applied, cuts, editsOf, mischief } from './edits.ts'

export interface RawStanzas {
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
export const cases = fc
  .tuple(
    fc.array(stanza, { maxLength: 5 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: ending }),
    editsOf(3, words),
    cuts,
  )
  .map(([stanzas, end, edits, places]): RawStanzas => {
    return { bytes: applied(Buffer.from(stanzas.join('') + end), edits), cuts: places, isEdited: edits.length > 0 }
  })
