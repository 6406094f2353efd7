// Who is who, and what lists and changes make of them, in whatever order they come.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Directory, type DirectoryRules, type Listed } from '../../../../src/plugins/asterisk/directory.ts'
import { deviceKey, readHint } from '../../../../src/plugins/asterisk/hints.ts'

const RULES: DirectoryRules = {
  context: 'ext-local',
  userMap: [],
  domain: 'example.test',
  mapUser: () => undefined,
  mappedIds: () => [],
}

/** Lists from hints (`110: PJSIP/110`), device states and presence states. */
function lists(
  hints: Record<string, string>,
  devices: Record<string, string> = {},
  presences: Record<string, string> = {},
): Listed {
  return {
    hints: Object.entries(hints).map(([name, hint]) => {
      const [exten = '', context = 'ext-local'] = name.split('@')
      return { ...readHint(exten, hint), context }
    }),
    devices: new Map(Object.entries(devices)),
    presences: new Map(Object.entries(presences).map(([name, status]) => [name, { status, subtype: '', message: '' }])),
  }
}

/** The statuses by user, in the order of the users. */
function told(changes: ReturnType<Directory['listed']>): Record<string, string> {
  return Object.fromEntries(changes.map(({ userId, publication }) => [userId, publication?.status ?? 'gone']))
}

function learned(rules: Partial<DirectoryRules>, listed: Listed) {
  const directory = new Directory({ ...RULES, ...rules })
  directory.listing()
  return { directory, first: told(directory.listed(listed)) }
}

test('hints are read with several devices, presence alone, blanks and repeats', () => {
  assert.deepEqual(readHint('110', 'PJSIP/110&Custom:DND110,CustomPresence:110'), {
    ...{ exten: '110', devices: ['PJSIP/110', 'Custom:DND110'], presences: ['CustomPresence:110'] },
  })
  assert.deepEqual(readHint('105', ',CustomPresence:dave'), {
    exten: '105',
    devices: [],
    presences: ['CustomPresence:dave'],
  })
  assert.deepEqual(readHint('1', ' SIP/a & sip/a&&SIP/a ').devices, ['SIP/a'])
  assert.deepEqual(readHint('1', ''), { exten: '1', devices: [], presences: [] })
  assert.equal(deviceKey('pjsip/Eva'), 'PJSIP/Eva')
  assert.equal(deviceKey('Custom:alice'), 'Custom:alice')
})

describe('the user of a hint', () => {
  const listed = lists(
    { 110: 'PJSIP/110', 111: 'PJSIP/eva&Custom:DND111', 112: 'PJSIP/112' },
    { 'PJSIP/110': 'NOT_INUSE', 'PJSIP/eva': 'INUSE', 'PJSIP/112': 'UNAVAILABLE', 'PJSIP/free': 'BUSY' },
  )

  test('is the extension at the domain, or alone without one', () => {
    assert.deepEqual(learned({}, listed).first, {
      ...{ '110@example.test': 'available', '111@example.test': 'busy', '112@example.test': 'unavailable' },
    })
    const { first } = learned({ domain: undefined }, listed)
    assert.deepEqual(first, { 110: 'available', 111: 'busy', 112: 'unavailable' })
  })

  test('is whom a line names for its extension or for its device, in any case; the option counts before the file', () => {
    const userMap = ['110=MarkD@kopano.test', 'pjsip/EVA=eva@kopano.test']
    const file = new Map([
      ['110', 'nobody@kopano.test'],
      ['112', 'ada@kopano.test'],
    ])
    const { first, directory } = learned(
      { userMap, mapUser: (id) => file.get(id), mappedIds: () => [...file.keys(), '999'] },
      listed,
    )
    assert.deepEqual(first, {
      'markd@kopano.test': 'available',
      'eva@kopano.test': 'busy',
      'ada@kopano.test': 'unavailable',
    })
    assert.deepEqual(directory.counts.unmapped, [])
    assert.deepEqual(directory.counts.missing, ['999'])
  })

  test('may have more hints and devices, which count together', () => {
    const userMap = ['110=u', '111=u', 'PJSIP/free=v']
    const { first, directory } = learned({ userMap }, listed)
    assert.deepEqual(first, { u: 'busy', v: 'busy', '112@example.test': 'unavailable' })
    assert.deepEqual(told(directory.device('PJSIP/eva', 'UNAVAILABLE')), { u: 'available' })
    assert.deepEqual(told(directory.device('PJSIP/110', 'UNAVAILABLE')), { u: 'unavailable' })
    assert.deepEqual(directory.counts.unmapped, ['112'])
  })

  test('is nobody when its devices belong to several users, who have only their own', () => {
    const group = lists({ 600: 'PJSIP/a&PJSIP/b' }, { 'PJSIP/a': 'INUSE', 'PJSIP/b': 'NOT_INUSE' })
    const { first, directory } = learned({ userMap: ['PJSIP/a=a', 'PJSIP/b=b'] }, group)
    assert.deepEqual(first, { a: 'busy', b: 'available' })
    assert.deepEqual(directory.counts.shared, ['600'])
  })

  test('in another context is nobody', () => {
    const { first, directory } = learned({}, lists({ '110@from-internal': 'PJSIP/110' }, { 'PJSIP/110': 'INUSE' }))
    assert.deepEqual(first, {})
    const { hints, elsewhere, otherContexts } = directory.counts
    assert.deepEqual([hints, elsewhere, otherContexts], [0, 1, ['from-internal']])
  })
})

describe('lists and changes', () => {
  const hints = { 110: 'PJSIP/110,CustomPresence:110', 111: 'PJSIP/111' }

  test('a change says only who is another than before, and of devices in no hint nothing', () => {
    const { directory } = learned({}, lists(hints, { 'PJSIP/110': 'NOT_INUSE', 'PJSIP/111': 'INUSE' }))
    assert.deepEqual(directory.device('PJSIP/110', 'RINGING'), [])
    assert.deepEqual(told(directory.device('PJSIP/110', 'INUSE')), { '110@example.test': 'busy' })
    assert.deepEqual(directory.device('PJSIP/999', 'INUSE'), [])
    assert.deepEqual(directory.device('PJSIP/110', 'BUSY'), [])
    assert.deepEqual(told(directory.device('PJSIP/111', 'UNKNOWN')), { '111@example.test': 'gone' })
    const away = { status: 'away', subtype: '', message: 'lunch' }
    directory.device('PJSIP/110', 'NOT_INUSE')
    assert.deepEqual(directory.presence('CustomPresence:110', away), [
      { userId: '110@example.test', publication: { status: 'away', message: 'lunch' } },
    ])
  })

  test('a change while lists are under way is neither lost nor taken back by them', () => {
    const listed = lists(
      hints,
      { 'PJSIP/110': 'NOT_INUSE', 'PJSIP/111': 'NOT_INUSE' },
      { 'CustomPresence:110': 'not_set' },
    )
    const { directory } = learned({}, listed)
    directory.listing()
    assert.deepEqual(told(directory.device('PJSIP/111', 'INUSE')), { '111@example.test': 'busy' })
    const dnd = { status: 'dnd', subtype: '', message: '' }
    assert.deepEqual(told(directory.presence('CustomPresence:110', dnd)), { '110@example.test': 'busy' })
    assert.deepEqual(directory.listed(listed), [])
    directory.listing()
    assert.deepEqual(told(directory.listed(listed)), {
      '110@example.test': 'available',
      '111@example.test': 'available',
    })
  })

  test('a change while the first lists are under way counts for hints that come with them', () => {
    const directory = new Directory(RULES)
    directory.listing()
    assert.deepEqual(directory.device('PJSIP/110', 'INUSE'), [])
    assert.deepEqual(told(directory.listed(lists(hints, { 'PJSIP/110': 'NOT_INUSE' }))), { '110@example.test': 'busy' })
  })

  test('a removed hint takes its user away, a new one brings one, and who has lost all information is gone', () => {
    const { directory } = learned({}, lists(hints, { 'PJSIP/110': 'NOT_INUSE', 'PJSIP/111': 'INUSE' }))
    directory.listing()
    const next = lists({ 111: 'PJSIP/111', 112: 'PJSIP/112', 113: 'PJSIP/113' }, { 'PJSIP/112': 'BUSY' })
    assert.deepEqual(told(directory.listed(next)), {
      ...{ '110@example.test': 'gone', '111@example.test': 'gone', '112@example.test': 'busy' },
    })
    assert.deepEqual([directory.counts.known, directory.counts.silent], [1, 2])
    assert.deepEqual(directory.device('PJSIP/110', 'INUSE'), [])
  })

  test('after any story of changes and lists, what was told adds up to what is true', () => {
    const names = ['PJSIP/1', 'PJSIP/2', 'Custom:DND1']
    const states = ['NOT_INUSE', 'INUSE', 'UNAVAILABLE', 'UNKNOWN', 'BUSY']
    const hintTexts = ['PJSIP/1', 'PJSIP/1&PJSIP/2', 'PJSIP/2&Custom:DND1', 'Custom:DND1']
    const step = fc.oneof(
      fc.record({
        do: fc.constant('device' as const),
        name: fc.constantFrom(...names),
        state: fc.constantFrom(...states),
      }),
      fc.record({
        do: fc.constant('hint' as const),
        exten: fc.constantFrom('1', '2'),
        text: fc.option(fc.constantFrom(...hintTexts)),
      }),
      // The server looks when it is asked; changes between that and the end of the lists come as events.
      fc.record({ do: fc.constantFrom('ask' as const, 'listed' as const) }),
    )
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const directory = new Directory(RULES)
      const devices = new Map<string, string>()
      const hints = new Map<string, string>()
      const said = new Map<string, string>()
      let seen: Listed | undefined
      const take = (changes: ReturnType<Directory['listed']>) => {
        for (const { userId, publication } of changes) {
          if (publication === undefined) said.delete(userId)
          else said.set(userId, publication.status)
        }
      }
      const ask = () => {
        directory.listing()
        seen = lists(Object.fromEntries(hints), Object.fromEntries(devices))
      }
      const answer = () => {
        if (seen !== undefined) take(directory.listed(seen))
        seen = undefined
      }
      ask()
      answer()
      for (const move of steps) {
        if (move.do === 'device' && devices.get(move.name) !== move.state) {
          devices.set(move.name, move.state)
          take(directory.device(move.name, move.state))
        } else if (move.do === 'hint') {
          if (move.text === null) hints.delete(move.exten)
          else hints.set(move.exten, move.text)
        } else if (move.do === 'ask' && seen === undefined) ask()
        else if (move.do === 'listed') answer()
      }
      answer()
      ask()
      answer()
      const fresh = new Directory(RULES)
      fresh.listing()
      const expected = told(fresh.listed(lists(Object.fromEntries(hints), Object.fromEntries(devices))))
      assert.deepEqual(Object.fromEntries([...said].sort()), expected)
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

test('a line for a device in no hint counts as soon as that device says something, but never before the lists are complete', () => {
  const userMap = ['PJSIP/eva=eva@example.test', '110=eva@example.test']
  const directory = new Directory({ ...RULES, userMap })
  directory.listing()
  assert.deepEqual(directory.device('PJSIP/eva', 'UNAVAILABLE'), [])
  assert.deepEqual(told(directory.listed(lists({ 110: 'PJSIP/110' }, { 'PJSIP/110': 'INUSE' }))), {
    'eva@example.test': 'busy',
  })
  const { directory: later } = learned({ userMap: ['PJSIP/eva=eva@example.test'] }, lists({}))
  assert.deepEqual(told(later.device('pjsip/eva', 'NOT_INUSE')), { 'eva@example.test': 'available' })
  assert.deepEqual(told(later.device('PJSIP/eva', 'UNAVAILABLE')), { 'eva@example.test': 'unavailable' })
  assert.deepEqual(later.device('PJSIP/nobody', 'NOT_INUSE'), [])
})
