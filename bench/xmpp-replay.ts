// How many presences a second the xmpp source takes in: a recorded-like stream through parser, rules and publisher.
import { systemClock } from '../src/core/clock.ts'
import { BoundedParser } from '../src/plugins/xmpp/bounded-parser.ts'
import { Contacts } from '../src/plugins/xmpp/contacts.ts'
import { Publisher } from '../src/plugins/xmpp/publisher.ts'
import { readPresence } from '../src/plugins/xmpp/stanza.ts'
import { ClientStream } from '../src/plugins/xmpp/stream.ts'
import { atLeast, handOn } from './support/report.ts'

const CONTACTS = 10_000
const PRESENCES = 300_000
const CHUNK = 64 * 1024
const TARGET = 30_000

const SHOWS = ['', '<show>away</show>', '<show>dnd</show>', '<show>xa</show>', '<show>chat</show>']

/** A stanza as Prosody hands it on, with what clients usually put in. */
function stanza(index: number): string {
  const show = SHOWS[index % SHOWS.length]
  const status = index % 3 === 0 ? `<status>会議中 until ${index % 12} o'clock</status>` : ''
  return (
    `<presence xml:lang='en' to='bot@example.test/kopano-presence' from='user${(index * 7919) % CONTACTS}@example.test/client.${index % 2}'>` +
    `${show}${status}<priority>${index % 5}</priority>` +
    `<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.test/client' ver='${index % 10}Zh0Jf4Rk1b2Hn5Yw9='/>` +
    `<x xmlns='vcard-temp:x:update'><photo>sha1-hash-of-an-avatar</photo></x>` +
    `<delay xmlns='urn:xmpp:delay' stamp='2026-11-23T09:00:${String(index % 60).padStart(2, '0')}Z' from='example.test'/></presence>`
  )
}

const clock = systemClock()
let published = 0
const publisher = new Publisher({ publish: () => published++, withdraw: () => {} }, clock)
publisher.flush()
const contacts = new Contacts({
  account: 'bot@example.test',
  domains: new Set(['example.test']),
  stripDomain: false,
  mapUser: () => undefined,
})
for (let index = 0; index < CONTACTS; index += 1) {
  contacts.item({ bare: `user${index}@example.test`, subscription: 'both' })
}
const stream = new ClientStream({ domain: 'example.test', account: 'bot@example.test', source: 'xmpp' })
stream._attachParser(new BoundedParser())
stream._onData("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")
let heard = 0
stream.listener = {
  presence(element) {
    heard += 1
    const presence = readPresence(element)
    const change = presence === undefined ? undefined : contacts.presence(presence, clock.now())
    if (change !== undefined) publisher.say(change)
  },
}

let text = ''
const chunks: string[] = []
for (let index = 0; index < PRESENCES; index += 1) {
  text += stanza(index)
  if (text.length >= CHUNK) {
    chunks.push(text.slice(0, CHUNK))
    text = text.slice(CHUNK)
  }
}
chunks.push(text)

const start = performance.now()
for (const chunk of chunks) stream._onData(chunk)
const seconds = (performance.now() - start) / 1000
if (heard !== PRESENCES) throw new Error(`${heard} of ${PRESENCES} presences were heard`)
const rate = Math.round(heard / seconds)
console.log(`${published.toLocaleString('en')} of ${heard.toLocaleString('en')} were changes`)
handOn([{ work: 'xmpp: replay', value: rate, unit: 'presences/s', target: atLeast(TARGET) }])
