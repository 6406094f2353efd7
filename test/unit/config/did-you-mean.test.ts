// Guesses for mistyped names.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nearest } from '../../../src/config/did-you-mean.ts'

suite('guesses for mistyped names', () => {
  const known = ['server_port', 'server_bind', 'log_level', 'log_file', 'xmpp_jid', 'busy']

  test('a letter more, less, other or swapped is seen through', () => {
    for (const typed of ['server_prot', 'server_pot', 'server_portt', 'server_part', 'Server-Port', 'serverport']) {
      assert.equal(nearest(typed, known), 'server_port', typed)
    }
    assert.equal(nearest('bsuy', known), 'busy')
    assert.equal(nearest('loglevel', known), 'log_level')
  })

  test('the nearest of several wins', () => {
    assert.equal(nearest('log_fike', known), 'log_file')
  })

  test('there is no guess for something else, nor for something huge', () => {
    assert.equal(nearest('smtp_relay', known), undefined)
    assert.equal(nearest('', known), undefined)
    assert.equal(nearest('x'.repeat(1_000_000), known), undefined)
  })
})
