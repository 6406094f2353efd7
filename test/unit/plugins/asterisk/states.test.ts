// Every row of the table of states.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide, type PresenceState } from '../../../../src/plugins/asterisk/states.ts'

const presence = (status: string, message = '', subtype = ''): PresenceState => ({ status, message, subtype })

/** The status that these devices and presence states make. */
function status(devices: Readonly<Record<string, string | undefined>>, ...presences: (PresenceState | undefined)[]) {
  return decide({ devices: Object.entries(devices), presences })?.status
}

describe('one device', () => {
  for (const [state, expected] of [
    ['NOT_INUSE', 'available'],
    ['RINGING', 'available'],
    ['INUSE', 'busy'],
    ['BUSY', 'busy'],
    ['ONHOLD', 'busy'],
    ['RINGINUSE', 'busy'],
    ['HOLDINUSE', 'busy'],
    ['UNAVAILABLE', 'unavailable'],
    ['INVALID', 'unavailable'],
    ['UNKNOWN', undefined],
    ['SOMETHING_NEW', undefined],
    [undefined, undefined],
  ] as const) {
    test(`that is ${state} makes its user ${expected ?? 'unknown'}`, () => {
      assert.equal(status({ 'PJSIP/110': state }), expected)
    })
  }
})

describe('a presence state alone', () => {
  for (const [word, expected] of [
    ['available', 'available'],
    ['chat', 'available'],
    ['away', 'away'],
    ['xa', 'away'],
    ['dnd', 'busy'],
    ['unavailable', 'unavailable'],
    ['not_set', undefined],
    ['DND', 'busy'],
    ['invalid', undefined],
  ] as const) {
    test(`of ${word} makes its user ${expected ?? 'unknown'}`, () => {
      assert.equal(status({}, presence(word)), expected)
    })
  }
})

describe('several signs', () => {
  const rows: ReadonlyArray<[what: string, seen: string | undefined, expected: string | undefined]> = [
    [
      'a phone that is off, with "do not disturb" off',
      status({ 'PJSIP/1': 'UNAVAILABLE', 'Custom:DND1': 'NOT_INUSE' }),
      'unavailable',
    ],
    [
      'a phone that is off, with "do not disturb" on',
      status({ 'PJSIP/1': 'UNAVAILABLE', 'Custom:DND1': 'BUSY' }),
      'unavailable',
    ],
    ['a free phone, with "do not disturb" on', status({ 'PJSIP/1': 'NOT_INUSE', 'Custom:DND1': 'BUSY' }), 'busy'],
    [
      'a free phone, with "do not disturb" off',
      status({ 'PJSIP/1': 'NOT_INUSE', 'Custom:DND1': 'NOT_INUSE' }),
      'available',
    ],
    [
      'a free phone, with "do not disturb" in another state than BUSY',
      status({ 'PJSIP/1': 'NOT_INUSE', 'Custom:DND1': 'INUSE' }),
      'available',
    ],
    ['"do not disturb" on, and no phone', status({ 'Custom:DND1': 'BUSY' }), 'busy'],
    ['"do not disturb" off, and no phone', status({ 'Custom:DND1': 'NOT_INUSE' }), undefined],
    [
      'a phone without information, with "do not disturb" off',
      status({ 'PJSIP/1': 'UNKNOWN', 'Custom:DND1': 'NOT_INUSE' }),
      undefined,
    ],
    [
      '"do not disturb" off, no phone, and a presence state',
      status({ 'Custom:DND1': 'NOT_INUSE' }, presence('away')),
      'away',
    ],
    ['one phone in use and one off', status({ 'PJSIP/1': 'INUSE', 'PJSIP/2': 'UNAVAILABLE' }), 'busy'],
    ['one phone free and one off', status({ 'PJSIP/1': 'UNAVAILABLE', 'PJSIP/2': 'NOT_INUSE' }), 'available'],
    ['one phone free and one in use', status({ 'PJSIP/1': 'NOT_INUSE', 'PJSIP/2': 'ONHOLD' }), 'busy'],
    ['both phones off', status({ 'PJSIP/1': 'UNAVAILABLE', 'PJSIP/2': 'INVALID' }), 'unavailable'],
    [
      'one phone off and one without information',
      status({ 'PJSIP/1': 'UNAVAILABLE', 'PJSIP/2': 'UNKNOWN' }),
      'unavailable',
    ],
    [
      'a phone that is off, and a presence state',
      status({ 'PJSIP/1': 'UNAVAILABLE' }, presence('available')),
      'unavailable',
    ],
    ['a phone in use, and away', status({ 'PJSIP/1': 'INUSE' }, presence('away')), 'busy'],
    ['a free phone, and dnd', status({ 'PJSIP/1': 'NOT_INUSE' }, presence('dnd')), 'busy'],
    ['a free phone, and xa', status({ 'PJSIP/1': 'NOT_INUSE' }, presence('xa')), 'away'],
    ['a ringing phone, and unavailable', status({ 'PJSIP/1': 'RINGING' }, presence('unavailable')), 'unavailable'],
    ['a free phone, and not_set', status({ 'PJSIP/1': 'NOT_INUSE' }, presence('not_set')), 'available'],
    [
      'a phone without information, and available',
      status({ 'PJSIP/1': 'UNKNOWN' }, presence('available')),
      'available',
    ],
    ['nothing at all', status({}), undefined],
    ['a presence state that was never told', status({}, undefined), undefined],
    ['two presence states', status({}, presence('unavailable'), presence('chat')), 'available'],
    ['two presence states the other way round', status({}, presence('away'), presence('chat')), 'away'],
  ]
  for (const [what, seen, expected] of rows) {
    test(`${what}: ${expected ?? 'unknown'}`, () => assert.equal(seen, expected))
  }
})

test('the message is that of the presence state, else its subtype', () => {
  const said = (...presences: PresenceState[]) => decide({ devices: [['PJSIP/1', 'NOT_INUSE']], presences })?.message
  assert.equal(said(presence('away', 'Back at 14:00', 'lunch')), 'Back at 14:00')
  assert.equal(said(presence('away', '', 'lunch')), 'lunch')
  assert.equal(said(), '')
  assert.equal(said(presence('not_set', 'old words')), '')
  assert.equal(said(presence('chat', 'talk'), presence('dnd', 'writing')), 'writing')
})
