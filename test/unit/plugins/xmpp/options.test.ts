// The options of the xmpp source: what is allowed, missing and unwise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionAdvice, optionMistakes, type XmppOptions, xmppOptions } from '../../../../src/plugins/xmpp/options.ts'
import { xmppOptionsFor } from '../../../support/xmpp-run.ts'

const GOOD: XmppOptions = {
  ...xmppOptionsFor(5222),
  ...{ jid: 'bot@a.test', password: 'secret', resource: 'kopano-presence', tls: 'starttls' },
  ...{ host: undefined, port: undefined },
}

const mistaken = (more: Partial<XmppOptions>) => optionMistakes({ ...GOOD, ...more }).map(({ option }) => option)
const advised = (more: Partial<XmppOptions>) => optionAdvice({ ...GOOD, ...more }).map(({ option }) => option)

test('the defaults are allowed by their own options, and need only the account', () => {
  const defaults = Object.fromEntries(Object.entries(xmppOptions).map(([name, spec]) => [name, spec.default]))
  assert.deepEqual({ ...defaults, jid: 'bot@a.test', password: 'secret' }, GOOD)
  assert.deepEqual(mistaken({}), [])
  assert.deepEqual(advised({}), [])
  assert.deepEqual(mistaken({ jid: undefined, password: undefined }), ['jid', 'password'])
})

test('an account is a name and a domain', () => {
  assert.equal(xmppOptions.jid.parse('Bot@bücher.test'), 'Bot@bücher.test')
  for (const jid of ['bot', '@a.test', 'bot@', 'bot@a.test/desk', 'bot@a@b', 'b ot@a.test', 'bot@a b', '']) {
    assert.equal(xmppOptions.jid.parse(jid), undefined, jid)
  }
})

test('priorities may be negative, ports not', () => {
  assert.equal(xmppOptions.priority.parse('-128'), -128)
  assert.equal(xmppOptions.priority.parse('127'), 127)
  for (const text of ['-129', '128', '1.5', '', 'high']) assert.equal(xmppOptions.priority.parse(text), undefined, text)
  assert.equal(xmppOptions.port.parse('5222'), 5222)
  for (const text of ['0', '-1', '65536', 'xmpp']) assert.equal(xmppOptions.port.parse(text), undefined, text)
})

test('what is no domain among the domains is named', () => {
  assert.deepEqual(mistaken({ domains: ['a.test', 'bücher.test'] }), [])
  assert.match(optionMistakes({ ...GOOD, domains: ['a.test', 'u@a.test'] })[0]?.text ?? '', /"u@a\.test"/)
})

test('a grace shorter than the time in which a loss is noticed, and no TLS over a network, are advised against', () => {
  assert.deepEqual(advised({ grace: 29 }), ['grace'])
  assert.deepEqual(advised({ grace: 30 }), [])
  assert.deepEqual(advised({ tls: 'none' }), ['tls'])
  assert.deepEqual(advised({ tls: 'none', host: 'xmpp.a.test' }), ['tls'])
  assert.deepEqual(advised({ tls: 'none', host: '127.0.0.1' }), [])
})
