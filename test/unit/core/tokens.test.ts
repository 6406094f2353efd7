// Tokens: the reference vectors, what is accepted, and what each refusal is called.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { createToken, TokenVerifier, tokenFromHeader } from '../../../src/core/tokens.ts'

interface Vector {
  readonly secret: string
  readonly time: number
  readonly user: string
  readonly token: string
}

const VECTORS = JSON.parse(
  readFileSync(new URL('../../vectors/tokens.json', import.meta.url), 'utf8'),
) as readonly Vector[]
const NOW = 1_700_000_000

/** A verifier at the time NOW, in seconds, and a way to change that. */
function verifierAt(seconds = NOW, secrets: readonly string[] = ['GEHEIM']) {
  const time = { milliseconds: seconds * 1000 }
  const verifier = new TokenVerifier({ secrets, expireMinutes: 5, wall: () => time.milliseconds })
  return { verifier, time, reason: (token: string) => reasonOf(verifier, token) }
}

function reasonOf(verifier: TokenVerifier, token: string): string {
  const verdict = verifier.verify(token)
  return verdict.ok ? `ok ${verdict.userId}` : verdict.reason
}

function plainSignature(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64')
}

test('the reference vectors are made and accepted as the old clients make them', () => {
  assert.equal(VECTORS.length, 2)
  for (const { secret, time, user, token } of VECTORS) {
    assert.equal(createToken(secret, user, time), token)
    const expires = (time + 5 * 60) * 1000
    assert.deepEqual(verifierAt(time, [secret]).verifier.verify(token), { ok: true, userId: user, expires })
  }
})

test('the signature is accepted in upper case and as base64 gives it, and in no other mixture', () => {
  const text = `${NOW}:markd@zarafa.com`
  const plain = plainSignature('GEHEIM', text)
  const { reason } = verifierAt()
  assert.equal(reason(`${text}:${plain}`), 'ok markd@zarafa.com')
  assert.equal(reason(`${text}:${plain.toUpperCase()}`), 'ok markd@zarafa.com')
  assert.equal(reason(`${text}:${plain.toLowerCase()}`), 'wrong')
  const letter = plain.search(/[a-z]/)
  const mixed = plain.slice(0, letter) + plain.charAt(letter).toUpperCase() + plain.slice(letter + 1)
  assert.notEqual(mixed, plain)
  assert.equal(reason(`${text}:${mixed}`), 'wrong')
})

test('a signature of another length, key or text is wrong', () => {
  const token = createToken('GEHEIM', 'ada', NOW)
  const { reason } = verifierAt()
  assert.equal(reason(token.slice(0, -1)), 'wrong')
  assert.equal(reason(`${token}=`), 'wrong')
  assert.equal(reason(createToken('geheim', 'ada', NOW)), 'wrong')
  assert.equal(reason(token.replace('ada', 'bob')), 'wrong')
  assert.equal(reason(token.replace(String(NOW), String(NOW + 1))), 'wrong')
})

test('letters that only look like ASCII after truncation to a byte are refused', () => {
  const token = createToken('GEHEIM', 'ada', NOW)
  const lookalike =
    token.slice(0, -2) + String.fromCharCode(token.charCodeAt(token.length - 2) + 0x100) + token.slice(-1)
  assert.equal(verifierAt().reason(lookalike), 'malformed')
})

test('the user id may contain colons and any letters', () => {
  for (const user of [':', 'a:b:c', '::', 'jürgen@müller.example', '見', '__proto__', '🙂'.repeat(1024)]) {
    assert.equal(verifierAt().reason(createToken('GEHEIM', user, NOW)), `ok ${user}`)
  }
})

test('what has not three parts, decimal digits first and a fit user id is malformed', () => {
  const tooLong = createToken('GEHEIM', 'x'.repeat(1025), NOW)
  const bad = [
    '',
    ':',
    '::',
    'x',
    `${NOW}:ada`,
    `${NOW}::SIG`,
    `${NOW}:ada:`,
    ':ada:SIG',
    '-1:ada:SIG',
    '1e9:ada:SIG',
    ' 1:ada:SIG',
  ]
  for (const token of [...bad, '١٢:ada:SIG', '0x1:ada:SIG', '1.5:ada:SIG', tooLong]) {
    assert.equal(verifierAt().reason(token), 'malformed', token)
  }
})

test('a token is valid from five minutes before its time to five minutes after, to the millisecond', () => {
  const token = createToken('GEHEIM', 'ada', NOW)
  const cases = [
    [-300_001, 'ahead'],
    [-300_000, 'ok ada'],
    [300_000, 'ok ada'],
    [300_001, 'expired'],
  ] as const
  for (const [offset, expected] of cases) {
    const { time, reason } = verifierAt()
    time.milliseconds += offset
    assert.equal(reason(token), expected, String(offset))
  }
})

test('a time of absurd length is only ahead, and a wrong signature is wrong whatever the time', () => {
  const { reason } = verifierAt()
  const far = '9'.repeat(400)
  assert.equal(reason(`${far}:ada:${plainSignature('GEHEIM', `${far}:ada`)}`), 'ahead')
  assert.equal(reason(`${far}:ada:${plainSignature('other', `${far}:ada`)}`), 'wrong')
  assert.equal(reason(createToken('other', 'ada', NOW - 10_000)), 'wrong')
  assert.equal(reason(createToken('GEHEIM', 'ada', NOW - 10_000)), 'expired')
})

test('a token that was verified once expires all the same, and is not believed when the clock is set back', () => {
  const { time, reason } = verifierAt()
  const token = createToken('GEHEIM', 'ada', NOW)
  assert.equal(reason(token), 'ok ada')
  time.milliseconds += 300_001
  assert.equal(reason(token), 'expired')
  time.milliseconds -= 300_001
  assert.equal(reason(token), 'ok ada')
  time.milliseconds -= 300_001
  assert.equal(reason(token), 'ahead')
})

test('several secrets may be in force, and a withdrawn one is forgotten at once', () => {
  const { verifier, reason } = verifierAt(NOW, ['new', 'old'])
  const old = createToken('old', 'ada', NOW)
  const young = createToken('new', 'ada', NOW)
  assert.equal(reason(old), 'ok ada')
  assert.equal(reason(young), 'ok ada')
  verifier.configure({ secrets: ['new'], expireMinutes: 5 })
  assert.equal(reason(old), 'wrong')
  assert.equal(reason(young), 'ok ada')
})

test('a shorter validity counts at once for tokens that were verified before', () => {
  const { verifier, time, reason } = verifierAt()
  const token = createToken('GEHEIM', 'ada', NOW)
  time.milliseconds += 90_000
  assert.equal(reason(token), 'ok ada')
  verifier.configure({ secrets: ['GEHEIM'], expireMinutes: 1 })
  assert.equal(reason(token), 'expired')
})

test('many more tokens than are remembered are all judged rightly, again and again', () => {
  const { reason } = verifierAt()
  for (let round = 0; round < 2; round += 1) {
    for (let user = 0; user < 12_000; user += 1) {
      assert.equal(reason(createToken('GEHEIM', `user${user}`, NOW)), `ok user${user}`)
    }
  }
})

test('any user id that is allowed comes back from its token, and any change to the token is refused', () => {
  const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((id) => id.isWellFormed())
  fc.assert(
    fc.property(ids, fc.nat(), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (id, where, character) => {
      const { reason } = verifierAt()
      const token = createToken('GEHEIM', id, NOW)
      assert.equal(reason(token), `ok ${id}`)
      const at = where % token.length
      const changed = token.slice(0, at) + character + token.slice(at + 1)
      const plain = `${NOW}:${id}:${plainSignature('GEHEIM', `${NOW}:${id}`)}`
      if (changed !== token && changed !== plain) assert.match(reason(changed), /^(wrong|malformed)$/)
    }),
  )
})

test('a header holds a token as it is, in UTF-8 or Latin-1, or as base64url of its UTF-8', () => {
  const token = '1:jürgen:SIG='
  assert.equal(tokenFromHeader(Buffer.from(token).toString('latin1')), token)
  assert.equal(tokenFromHeader(token), token)
  assert.equal(tokenFromHeader(Buffer.from(token).toString('base64url')), token)
  const padded = Buffer.from('1:ab:SIG').toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  assert.match(padded, /=$/)
  assert.equal(tokenFromHeader(padded), '1:ab:SIG')
})

test('a header that is neither a token nor base64url of UTF-8 holds none', () => {
  for (const credentials of ['', '=', 'a b', 'äöü', 'a+b/', Buffer.from([0xff, 0x3a]).toString('base64url')]) {
    assert.equal(tokenFromHeader(credentials), undefined, credentials)
  }
})
