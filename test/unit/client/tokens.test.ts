// Tokens made by the client are those that the daemon believes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToken, PresenceClient } from '../../../src/client/index.ts'
import { ownerOf } from '../../../src/client/tokens.ts'
import { createToken as coreToken } from '../../../src/core/tokens.ts'

test("a token is the reference vector's, and the same as the daemon's own for any letters", async () => {
  assert.equal(
    await createToken('GEHEIM', 'markd@zarafa.com', () => 1_415_697_944_999),
    '1415697944:markd@zarafa.com:SLDJMBNNFNN5/RIXFJPXVKCKNV6SBHYGLFLE5G/TVLY=',
  )
  for (const userId of ['é😀:a@x', 'x'.repeat(1024)]) {
    assert.equal(await createToken('gehäim', userId, () => 5_000), coreToken('gehäim', userId, 5))
  }
})

test('there is no token without a secret or a user', async () => {
  await assert.rejects(createToken('', 'u@x'), /secret is empty/)
  await assert.rejects(createToken('s', ''), /user id is empty/)
})

test('the owner of a token stands between the first and the last colon', () => {
  assert.equal(ownerOf('1:a:b@x:S='), 'a:b@x')
  assert.equal(ownerOf('opaque'), undefined)
  assert.equal(ownerOf('a:b'), undefined)
})

test('a client may be made with a promise of a token', () => {
  assert.ok(new PresenceClient({ url: 'http://127.0.0.1:9', token: () => createToken('s', 'u@x') }))
})
