// Presence as PIDF: what it says, that it is valid whatever people write, and who gets it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Presence, STATUSES } from '../../../src/core/presence.ts'
import { pidfDocument, presUri } from '../../../src/http/pidf.ts'
import { authorized, problemOf, type Site, startSite } from '../../support/http-site.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SCHEMA = join(import.meta.dirname, '../../vectors/pidf.xsd')
const PIDF = { accept: 'application/pidf+xml' }

/** Messages that would break a document, or mislead its reader, if they stood there as they are. */
const HOSTILE = [
  '</note></tuple><tuple id="x"><status><basic>open</basic></status></tuple>',
  ']]> & <![CDATA[ <!-- --> <?xml?> &amp; &#0; "\'',
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
  '\u0000\u0001\u0008\u000b\u001f\u007f\u0085\u009f',
  'line\nand\ttab\r\nend',
  '\u202egnp.exe\u202c \u2066\u2069 \u200f\ufeff \ufffe\uffff',
  '🙂 \u{1fffe} \u{10ffff} e\u0301',
]

async function pidf(site: Site, user: string): Promise<string> {
  const headers = { ...authorized(site).headers, ...PIDF }
  const answer = await site.ask('GET', `/v1/users/${encodeURIComponent(user)}`, { headers })
  assert.equal(answer.status, 200, answer.body)
  assert.equal(answer.headers['content-type'], 'application/pidf+xml; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'private, no-store')
  return answer.body
}

test('a document has an open or closed tuple a source, and the combined status as note and person', async (t) => {
  const site = await startSite(t)
  await site.service.publish([
    { userId: 'ada@kopano.com', source: 'spreed', status: 'unavailable', message: '' },
    { userId: 'ada@kopano.com', source: 'manual', status: 'busy', message: 'Q&A' },
  ])
  const head = `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"`
  const time = '2026-11-23T09:00:00.000Z'
  assert.equal(
    await pidf(site, 'ada@kopano.com'),
    `${head} entity="pres:ada@kopano.com">
<tuple id="source-spreed"><status><basic>closed</basic></status><timestamp>${time}</timestamp></tuple>
<tuple id="source-manual"><status><basic>open</basic></status><note>Q&amp;A</note><timestamp>${time}</timestamp></tuple>
<note>Q&amp;A</note>
<dm:person id="person"><rpid:activities><rpid:busy/></rpid:activities><dm:timestamp>${time}</dm:timestamp></dm:person>
</presence>
`,
  )
})

test('busy and away are activities of the person, available and unavailable are none', () => {
  const activity = (status: (typeof STATUSES)[number]) =>
    /<rpid:activities>(.*?)<\/rpid:activities>/.exec(pidfDocument('ada', presence(status, ''), new ManualClock()))?.[1]
  assert.deepEqual(STATUSES.map(activity), [undefined, '<rpid:busy/>', '<rpid:away/>', undefined])
})

test('of somebody unknown a document says nothing', async (t) => {
  const site = await startSite(t)
  assert.doesNotMatch(await pidf(site, 'nobody'), /<(tuple|note|dm:person)/)
})

test('the entity is a pres: URI, percent-encoded', () => {
  for (const [userId, uri] of [
    ['markd@kopano.com', 'pres:markd@kopano.com'],
    ['a b/c?d#e%f@x', 'pres:a%20b%2Fc%3Fd%23e%25f@x'],
    ['a@b@x', 'pres:a%40b@x'],
    ['nobody', 'pres:nobody'],
    ['jürgen@köln', 'pres:j%C3%BCrgen@k%C3%B6ln'],
    ['"<&>\u0000', 'pres:%22%3C%26%3E%00'],
  ] as const) {
    assert.equal(presUri(userId), uri)
  }
})

test('documents are valid, hostile messages, users and names of sources included', async (t) => {
  const site = await startSite(t)
  const sections = HOSTILE.flatMap((message) =>
    ['spreed', 'manual'].map(
      (source) => ({ userId: `${message}@${message}`, source, status: 'away', message }) as const,
    ),
  )
  await site.service.publish(sections)
  const documents = [await pidf(site, 'nobody')]
  for (const { userId } of sections) documents.push(await pidf(site, userId))
  const text = fc.string({ unit: 'binary', maxLength: 30 })
  const any = fc.sample(fc.tuple(text, text, fc.array(text), fc.constantFrom(...STATUSES)), 300)
  for (const [userId, message, names, status] of any) {
    documents.push(pidfDocument(userId.toWellFormed(), presence(status, message, names), new ManualClock()))
  }
  const folder = temporaryFolder(t)
  const files = documents.map((document, index) => {
    const file = join(folder, `${index}.xml`)
    writeFileSync(file, document)
    return file
  })
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', SCHEMA, ...files], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.equal(stderr.match(/ validates$/gm)?.length, documents.length)
})

test('nothing in a message turns the text around it, and its lines stay', async (t) => {
  const site = await startSite(t)
  const message = 'a\u202eb\u0007c\ufffed\r\ne\tf\u200dg'
  await site.service.publish([{ userId: 'ada', source: 'spreed', status: 'away', message }])
  assert.match(await pidf(site, 'ada'), /<note>a\ufffdb\ufffdc\ufffdd\ne\tf\u200dg<\/note>/)
})

test('JSON stays the default, caches are told of both, and refusals stay problems', async (t) => {
  const site = await startSite(t)
  for (const accept of ['*/*', 'text/html', 'application/json, application/pidf+xml;q=0.9']) {
    const answer = await site.ask('GET', '/v1/users/ada', { headers: { ...authorized(site).headers, accept } })
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(answer.headers.vary, 'Origin, Accept')
  }
  assert.equal(problemOf(await site.ask('GET', '/v1/users/ada', { headers: PIDF })).status, 401)
  const question = { headers: { ...authorized(site).headers, ...PIDF } }
  const [get, head] = [
    await site.ask('GET', '/v1/users/ada', question),
    await site.ask('HEAD', '/v1/users/ada', question),
  ]
  assert.deepEqual([head.body, head.headers['content-length']], ['', String(Buffer.byteLength(get.body))])
})

/** Sources that all say the same. */
function presence(status: (typeof STATUSES)[number], message: string, names: readonly string[] = ['a']): Presence {
  const view = { status, message, since: 0, updated: 0, stale: false }
  return {
    combined: { status, message, source: names[0], since: names.length === 0 ? undefined : 0, stale: false },
    sources: new Map(names.map((name) => [name, view])),
  }
}
