// The options of the asterisk source: what is allowed, missing and unwise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AsteriskOptions,
  asteriskOptions,
  optionAdvice,
  optionMistakes,
} from '../../../../src/plugins/asterisk/options.ts'

const GOOD: AsteriskOptions = {
  host: '127.0.0.1',
  port: 5038,
  tls: false,
  ca_file: undefined,
  username: 'presence',
  password: 'secret',
  context: 'ext-local',
  user_map: [],
  domain: undefined,
  max_line: 64,
  resync_interval: 300,
  grace: 60,
}

const mistaken = (more: Partial<AsteriskOptions>) => optionMistakes({ ...GOOD, ...more }).map(({ option }) => option)
const advised = (more: Partial<AsteriskOptions>) => optionAdvice({ ...GOOD, ...more }).map(({ option }) => option)

test('the defaults are allowed by their own options, and need only the login', () => {
  const defaults = Object.fromEntries(Object.entries(asteriskOptions).map(([name, spec]) => [name, spec.default]))
  assert.deepEqual({ ...defaults, username: 'presence', password: 'secret' }, GOOD)
  assert.deepEqual(mistaken({}), [])
  assert.deepEqual(advised({}), [])
  assert.deepEqual(mistaken({ username: undefined, password: undefined }), ['username', 'password'])
  assert.equal(asteriskOptions.password.secret, true)
})

test('lines of the user map name an id and a user, and no id twice', () => {
  const words = asteriskOptions.user_map.parse('110=markd@kopano.test  PJSIP/eva=eva@kopano.test') ?? []
  assert.deepEqual(mistaken({ user_map: words }), [])
  for (const word of ['110', '=u', '110=', '110:u'])
    assert.deepEqual(mistaken({ user_map: [word] }), ['user_map'], word)
  assert.match(
    optionMistakes({ ...GOOD, user_map: ['PJSIP/a=x', 'pjsip/A=y'] })[0]?.text ?? '',
    /pjsip\/A is both x and y/,
  )
  assert.deepEqual(mistaken({ user_map: ['110=x', '110=x'] }), [])
  assert.deepEqual(mistaken({ domain: 'u@example.test' }), ['domain'])
})

test('a short grace, no TLS over a network, and authorities without TLS are advised against', () => {
  assert.deepEqual(advised({ grace: 29 }), ['grace'])
  assert.deepEqual(advised({ host: 'pbx.example.test' }), ['tls'])
  assert.deepEqual(advised({ host: 'pbx.example.test', tls: true, ca_file: '/ca' }), [])
  assert.deepEqual(advised({ ca_file: '/ca' }), ['ca_file'])
})
