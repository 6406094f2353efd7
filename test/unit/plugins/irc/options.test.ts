// The options of the irc source: what is refused, and what is said to be unwise.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ircOptions, optionAdvice, optionMistakes } from '../../../../src/plugins/irc/options.ts'
import { ircOptionsFor } from '../../../support/irc-run.ts'

suite('the options of irc', () => {
  test('a nick and a domain are checked by themselves', () => {
    for (const nick of ['presence', '[bot]', 'a-1']) assert.equal(ircOptions.nick.parse(nick), nick)
    for (const nick of ['', '1bot', 'a b', '-a', 'ä', 'a\n']) assert.equal(ircOptions.nick.parse(nick), undefined)
    for (const domain of ['', 'a b', 'a@b', 'a/b']) assert.equal(ircOptions.domain.parse(domain), undefined)
  })

  test('mistakes name the entry and how it must look', () => {
    const texts = (more: Parameters<typeof ircOptionsFor>[1]) =>
      optionMistakes(ircOptionsFor(6697, more)).map(({ option, text }) => `${option} ${text}`)
    assert.deepEqual(texts({}), [])
    assert.deepEqual(texts({ server: undefined }), [
      'server is missing; it must name the IRC server, as irc.example.com',
    ])
    assert.deepEqual(texts({ channels: ['#ok', 'team'] }), [
      'channels "team" is no channel; write them as #team #office',
    ])
    assert.deepEqual(texts({ user_map: ['markd', 'a,b=c', '=c', 'a=', 'ok=a=b'] }), [
      'user_map "markd" must be NICK=USER, as in markd=markd@example.com',
      'user_map "a,b=c" must be NICK=USER, as in markd=markd@example.com',
      'user_map "=c" must be NICK=USER, as in markd=markd@example.com',
      'user_map "a=" must be NICK=USER, as in markd=markd@example.com',
    ])
    assert.deepEqual(texts({ sasl_username: 'bot' }), ['sasl_password is missing; it belongs to the account'])
    assert.deepEqual(texts({ sasl_password: 'x' }), ['sasl_username is missing; it names the account of the password'])
  })

  test('what is unwise is said: in the clear, unchecked, by nick with services, a short grace for many', () => {
    const options = (more: Parameters<typeof ircOptionsFor>[1]) =>
      optionAdvice(ircOptionsFor(6697, { server: 'irc.example.com', tls: true, ...more })).map(({ option }) => option)
    assert.deepEqual(options({}), [])
    assert.deepEqual(options({ tls: false }), ['tls'])
    assert.deepEqual(options({ tls: false, server: 'localhost' }), [])
    assert.deepEqual(options({ tls_verify: false }), ['tls_verify'])
    assert.deepEqual(options({ sasl_username: 'bot', sasl_password: 'x' }), ['identify_by'])
    const many = Array.from({ length: 230 }, (_, index) => `u${index}=u${index}`)
    assert.deepEqual(options({ user_map: many }), ['grace'])
  })
})
