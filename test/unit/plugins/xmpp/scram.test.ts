// SCRAM against the vectors of its RFCs, and against servers that are not what they say.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Scram, type ScramHash } from '../../../../src/plugins/xmpp/scram.ts'

const CREDENTIALS = { username: 'user', password: 'pencil' }

interface Vector {
  readonly hash: ScramHash
  readonly nonce: string
  readonly serverFirst: string
  readonly clientFinal: string
  readonly serverFinal: string
}

const RFC_7677: Vector = {
  hash: 'sha256',
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

const RFC_5802: Vector = {
  hash: 'sha1',
  nonce: 'fyko+d2lbbFgONRv9qkxdawL',
  serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
  clientFinal: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  serverFinal: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
}

/** The exchange up to the client's proof. */
async function proved({ hash, nonce, serverFirst }: Vector): Promise<{ scram: Scram; first: string; final: string }> {
  const scram = new Scram(hash, nonce)
  const first = await scram.response(CREDENTIALS)
  scram.challenge(serverFirst)
  return { scram, first, final: await scram.response(CREDENTIALS) }
}

for (const [name, vector] of Object.entries({ 'RFC 7677': RFC_7677, 'RFC 5802': RFC_5802 })) {
  describe(`the exchange of ${name}`, () => {
    test('is made word for word, and the signature in the success is accepted', async () => {
      const { scram, first, final } = await proved(vector)
      assert.equal(first, `n,,n=user,r=${vector.nonce}`)
      assert.equal(final, vector.clientFinal)
      scram.finish(vector.serverFinal)
    })

    test('also ends with the signature in a challenge and an empty success', async () => {
      const { scram } = await proved(vector)
      scram.challenge(vector.serverFinal)
      assert.equal(await scram.response(CREDENTIALS), '')
      scram.finish('')
    })

    test('is refused with a wrong signature, a short one, or none', async () => {
      for (const wrong of ['v=AAAA', `v=${'A'.repeat(43)}=`, `v=${'A'.repeat(27)}=`, '', 'v=', 'x=1']) {
        const { scram } = await proved(vector)
        assert.throws(() => scram.finish(wrong), /impostor/, wrong)
      }
    })
  })
}

test('a success before the proof was asked for is refused', async () => {
  const scram = new Scram('sha256')
  await scram.response(CREDENTIALS)
  assert.throws(() => scram.finish(RFC_7677.serverFinal), /impostor/)
})

test('the error of a server is told', async () => {
  const { scram } = await proved(RFC_7677)
  assert.throws(() => scram.finish('e=invalid-proof'), /invalid-proof/)
})

test("a nonce that is not built on the client's is refused", async () => {
  for (const nonce of ['someOtherNonce123', RFC_7677.nonce]) {
    const scram = new Scram('sha256', RFC_7677.nonce)
    await scram.response(CREDENTIALS)
    scram.challenge(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)
    await assert.rejects(scram.response(CREDENTIALS), /nonce/)
  }
})

test('iterations out of bounds are refused before anything is derived', async () => {
  for (const [iterations, told] of [
    ['1', /4096/],
    ['4095', /4096/],
    ['1000001', /1000000/],
    ['999999999', /1000000/],
    ['0', /malformed/],
    ['-1', /malformed/],
    ['1e9', /malformed/],
    ['99999999999999999999', /malformed/],
  ] as const) {
    const scram = new Scram('sha256', 'abc')
    await scram.response(CREDENTIALS)
    scram.challenge(`r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${iterations}`)
    await assert.rejects(scram.response(CREDENTIALS), told, iterations)
  }
})

test('malformed challenges are refused', async () => {
  for (const text of [
    '',
    'r=abcdef',
    'm=ext,r=abcdef,s=QSXC,i=4096',
    'r=abcdef,s=,i=4096',
    's=QSXC,r=abcdef,i=4096',
    '\u0000',
  ]) {
    const scram = new Scram('sha256', 'abc')
    await scram.response(CREDENTIALS)
    scram.challenge(text)
    await assert.rejects(scram.response(CREDENTIALS), /malformed/, text)
  }
})

test('a third challenge is refused', async () => {
  const { scram } = await proved(RFC_7677)
  scram.challenge(RFC_7677.serverFinal)
  assert.throws(() => scram.challenge(RFC_7677.serverFinal), /too often/)
})

test('commas and equal signs in a name are escaped, and letters go out as UTF-8', async () => {
  const scram = new Scram('sha256', 'abc')
  assert.equal(
    await scram.response({ username: 'a=b,cé', password: '' }),
    'n,,n=a=3Db=2Ccé,r=abc'.replace('é', '\u00c3\u00a9'),
  )
})

test('a password means the same in all its Unicode forms', async () => {
  const proofs = await Promise.all(
    ['caf\u00e9\u00a0\u00ad1', 'cafe\u0301 1', 'caf\u00e9 \uff11'].map(async (password) => {
      const scram = new Scram('sha256', 'abc')
      await scram.response({ username: 'user', password })
      scram.challenge('r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')
      return scram.response({ username: 'user', password })
    }),
  )
  assert.equal(new Set(proofs).size, 1)
})

test('each login has a nonce of its own', async () => {
  const nonces = await Promise.all([1, 2].map(() => new Scram('sha256').response(CREDENTIALS)))
  assert.notEqual(nonces[0], nonces[1])
})
