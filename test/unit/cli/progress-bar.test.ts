// The bar that shows how far a long command is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressBar } from '../../../src/cli/progress-bar.ts'

test('it is as full as the part is of the whole, and never longer or shorter than that', () => {
  assert.equal(progressBar(0, 10, 'read'), `[${'.'.repeat(30)}]   0 % read`)
  assert.equal(progressBar(5, 10, 'read'), `[${'#'.repeat(15)}${'.'.repeat(15)}]  50 % read`)
  for (const part of [10, 11]) assert.equal(progressBar(part, 10, 'read'), `[${'#'.repeat(30)}] 100 % read`)
})

test('of an unknown whole it is the words alone', () => {
  assert.equal(progressBar(5, 0, '5 entries'), '5 entries')
})
