// From XML, as servers send it, to plain and bounded data.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MESSAGE_LIMIT } from '../../../../src/core/presence.ts'
import { BoundedParser, DEPTH_LIMIT, STANZA_LIMIT, StanzaTooLong } from '../../../../src/plugins/xmpp/bounded-parser.ts'
import type { XmlElement } from '../../../../src/plugins/xmpp/library.ts'
import { accountOf, readJid, readPresence, readRoster } from '../../../../src/plugins/xmpp/stanza.ts'

const OPEN = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/** The elements under the stream. */
function parse(xml: string, pieces: Iterable<string> = [xml]): XmlElement[] {
  const elements: XmlElement[] = []
  const parser = new BoundedParser()
  parser.on('element', (element: XmlElement) => elements.push(element))
  parser.write(OPEN)
  for (const piece of pieces) parser.write(piece)
  return elements
}

function presence(children: string, attributes = "from='u@a.test/1'") {
  const [stanza] = parse(`<presence ${attributes}>${children}</presence>`)
  assert.ok(stanza !== undefined)
  return readPresence(stanza)
}

describe('presence', () => {
  test('each show means one of the four states', () => {
    for (const [show, status] of [
      ['', 'available'],
      ['<show>chat</show>', 'available'],
      ['<show>lunch</show>', 'available'],
      ['<show/>', 'available'],
      ['<show>DND</show>', 'available'],
      ['<show> dnd </show>', 'busy'],
      ['<show>dnd</show>', 'busy'],
      ['<show>away</show>', 'away'],
      ['<show>xa</show>', 'away'],
    ] as const) {
      assert.equal(presence(show)?.status, status, show)
    }
    assert.equal(presence('<show>dnd</show>', "from='u@a.test' type='unavailable'")?.status, 'unavailable')
  })

  test('of several status texts the one without a language counts, else the first', () => {
    const german = "<status xml:lang='de'>Mittag</status>"
    const french = "<status xml:lang='fr'>midi</status>"
    assert.equal(presence(`${german}<status>lunch</status><status>second</status>${french}`)?.message, 'lunch')
    assert.equal(presence(`${german}${french}`)?.message, 'Mittag')
    assert.equal(presence(`${german}<status/>`)?.message, '')
    assert.equal(presence('')?.message, '')
  })

  test('elements of other namespaces are not presence', () => {
    const other = presence("<show xmlns='x'>dnd</show><status xmlns='x'>no</status><priority xmlns='x'>5</priority>")
    assert.deepEqual([other?.status, other?.message, other?.priority], ['available', '', 0])
  })

  test('a priority is a whole number within its bounds', () => {
    for (const [text, priority] of [
      ['5', 5],
      ['-1', -1],
      [' +7 ', 7],
      ['500', 127],
      ['-500', -128],
      ['1e3', 0],
      ['', 0],
      ['nine', 0],
      ['99999999999999999999', 0],
    ] as const) {
      assert.equal(presence(`<priority>${text}</priority>`)?.priority, priority, text)
    }
  })

  test('a delay tells when it was sent, if it is a date', () => {
    const sent = (stamp: string, namespace = 'urn:xmpp:delay') =>
      presence(`<delay xmlns='${namespace}' stamp='${stamp}'/>`)?.sent
    assert.equal(sent('2026-11-23T09:00:00Z'), Date.UTC(2026, 10, 23, 9))
    assert.equal(sent('2026-11-23T10:00:00.250+01:00'), Date.UTC(2026, 10, 23, 9, 0, 0, 250))
    for (const stamp of ['', 'yesterday', '2026-11-23', '2026-13-45T99:00:00Z', '1066-10-14T09:00:00Z']) {
      assert.equal(sent(stamp), undefined, stamp)
    }
    assert.equal(sent('2026-11-23T09:00:00Z', 'other'), undefined)
  })

  test('what comes out of a room says so', () => {
    assert.equal(presence("<x xmlns='http://jabber.org/protocol/muc#user'/>")?.room, true)
    assert.equal(presence("<x xmlns='vcard-temp:x:update'/>")?.room, false)
  })

  test('without a sender it is nothing', () => {
    for (const attributes of ['', "from=''", "from='/r'", `from='${'x'.repeat(4000)}'`]) {
      assert.equal(presence('', attributes), undefined)
    }
  })

  test('a message is cut to as many code points as are kept, never in the middle of one', () => {
    const message = presence(`<status>${'😀'.repeat(MESSAGE_LIMIT + 5)}</status>`)?.message
    assert.equal(message, '😀'.repeat(MESSAGE_LIMIT))
  })

  test('letters arrive whole however the text is split', () => {
    const text = '日本語 😀 & <tag>'
    const xml = `<presence from='u@a.test/1'><status>日本語 &#x1F600; &amp; &lt;tag&gt;</status></presence>`
    const [stanza] = parse(xml, xml)
    assert.ok(stanza !== undefined)
    assert.equal(readPresence(stanza)?.message, text)
  })
})

describe('addresses', () => {
  test('the bare part is folded, the resource never', () => {
    assert.deepEqual(readJid('MarkD@A.Test/Desk/Ä@b'), { bare: 'markd@a.test', resource: 'Desk/Ä@b' })
    assert.deepEqual(readJid('ÅSA@a.test'), { bare: 'åsa@a.test', resource: '' })
  })

  test('only a name and a domain make an account', () => {
    assert.deepEqual(accountOf('u@a.test'), { name: 'u', domain: 'a.test' })
    for (const bare of ['a.test', '@a.test', 'u@', '']) assert.equal(accountOf(bare), undefined)
  })
})

test('a roster has an item for each contact with an address', () => {
  const [iq] = parse(
    `<iq type='result'><query xmlns='jabber:iq:roster'>
      <item jid='A@a.test' subscription='both' name='A'><group>x</group></item><item jid='b@a.test'/><item/>text
    </query></iq>`,
  )
  assert.ok(iq !== undefined)
  assert.deepEqual(readRoster(iq), [
    { bare: 'a@a.test', subscription: 'both' },
    { bare: 'b@a.test', subscription: 'none' },
  ])
})

test('however a stream is split, it reads the same', () => {
  const declared = `<?xml version='1.0'?>${OPEN}`
  for (const opening of [declared, OPEN]) {
    const xml = `${opening}<presence from='u@a.test/1' id='a"b'><show>away</show><x xmlns='y'/> </presence>\n<iq type='get'/>`
    const read = (pieces: Iterable<string>) => {
      const seen: string[] = []
      const parser = new BoundedParser()
      parser.on('start', ({ name }: XmlElement) => seen.push(name))
      parser.on('element', (element: XmlElement) => seen.push(element.toString()))
      for (const piece of pieces) parser.write(piece)
      return seen
    }
    const whole = read([xml])
    assert.equal(whole.length, 3)
    assert.deepEqual(read(xml), whole)
    for (let cut = 0; cut <= xml.length; cut += 1) {
      assert.deepEqual(read([xml.slice(0, cut), xml.slice(cut)]), whole, `cut at ${cut}`)
    }
  }
})

describe('bounds', () => {
  test('deep nesting is cut off, and the session goes on', () => {
    const deep = 200_000
    const [first, second] = parse(
      `<presence from='u@a.test/1'><status>before</status>${'<a>x'.repeat(deep)}${'</a>'.repeat(deep)}<show>dnd</show></presence><presence from='v@a.test'/>`,
    )
    assert.ok(first !== undefined && second !== undefined)
    assert.equal(readPresence(first)?.status, 'busy')
    assert.equal(first.toString().match(/<a>/g)?.length, DEPTH_LIMIT - 2)
    assert.equal(readPresence(second)?.from.bare, 'v@a.test')
  })

  test('a stanza without an end is refused, however it comes', () => {
    const chunk = 'x'.repeat(10_000)
    const parser = new BoundedParser()
    parser.write(`${OPEN}<presence><status>`)
    let written = 0
    assert.throws(() => {
      for (;;) {
        parser.write(chunk)
        written += chunk.length
      }
    }, StanzaTooLong)
    assert.ok(written <= STANZA_LIMIT)
  })

  test('a stanza may have exactly xmpp_max_stanza, and one character more is refused', () => {
    for (const more of [0, 1]) {
      const parser = new BoundedParser()
      parser.limit = 65_536
      parser.write(OPEN)
      parser.write('<iq/>')
      const start = '<presence><status>'
      parser.write(start)
      const rest = 'x'.repeat(65_536 - start.length + more)
      if (more === 0) parser.write(rest)
      else assert.throws(() => parser.write(rest), StanzaTooLong)
    }
  })

  test('elements may be nested xmpp_max_depth deep, and one level more is left out', () => {
    const parser = new BoundedParser()
    parser.depthLimit = 8
    const found: string[] = []
    parser.on('element', (element) => void found.push(String(element)))
    const nested = (levels: number) => `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`
    // The stream is the first level, the stanza the second.
    parser.write(`${OPEN}${nested(7)}${nested(8)}`)
    assert.deepEqual(
      found.map((text) => text.match(/<a/g)?.length),
      [7, 7],
    )
  })

  test('many small stanzas are no long one', () => {
    const one = `<presence from='u@a.test'><status>${'x'.repeat(100_000)}</status></presence>`
    assert.equal(
      parse(
        '',
        Array.from({ length: 20 }, () => one),
      ).length,
      20,
    )
  })
})
