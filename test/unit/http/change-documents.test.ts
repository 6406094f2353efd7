// Documents of changes are shared within a turn of the loop, and no longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Watchers } from '../../../src/core/watchers.ts'
import { ChangeDocuments } from '../../../src/http/change-documents.ts'

test('a change is one for all who watch the user, and its document is made once in a turn of the loop', async () => {
  const watchers = new Watchers()
  const all = [
    watchers.subscribe({ users: new Set(['mia@example.com']) }, () => {}),
    watchers.subscribe({ domain: 'example.com' }, () => {}),
    watchers.subscribe({ everybody: true }, () => {}),
  ]
  const documents = new ChangeDocuments()
  let made = 0
  const make = (): string => {
    made += 1
    return `document ${made}`
  }
  const tellAll = (): string[] => {
    watchers.changed('mia@example.com', { epoch: 'test', told: [7] })
    return all.map((subscription) => {
      const change = subscription.take()
      assert.ok(change)
      return documents.of(change, make)
    })
  }
  assert.deepEqual(tellAll(), ['document 1', 'document 1', 'document 1'])
  // Another change of the same user, even at the same position (a deadline), is another document.
  assert.deepEqual(tellAll(), ['document 2', 'document 2', 'document 2'])

  watchers.changed('mia@example.com', { epoch: 'test', told: [8] })
  const [quick, slow] = [all[0]?.take(), all[1]?.take()]
  assert.ok(quick && slow)
  assert.equal(documents.of(quick, make), 'document 3')
  await nextTurn()
  assert.equal(documents.of(slow, make), 'document 4', 'whoever tells later tells what is known then')
})
