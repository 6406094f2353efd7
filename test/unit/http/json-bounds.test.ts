// The bounds of a JSON text: one more than is allowed is refused, and what stands in strings does not count.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkJsonBounds, DEPTH_LIMIT, STRUCTURE_LIMIT } from '../../../src/http/json-bounds.ts'
import { Problem } from '../../../src/http/problem.ts'
import { problemOf, startSite } from '../../support/http-site.ts'

const check = (text: string) => checkJsonBounds(Buffer.from(text))
const refused = (status: number) => (error: unknown) => error instanceof Problem && error.status === status

test('a body may be nested to the limit and no deeper, with arrays and objects', () => {
  check('['.repeat(DEPTH_LIMIT) + ']'.repeat(DEPTH_LIMIT))
  check(`[${'[]'.repeat(1_000)}]`)
  assert.throws(() => check('['.repeat(DEPTH_LIMIT + 1)), refused(400))
  assert.throws(() => check('{"a":['.repeat(DEPTH_LIMIT)), refused(400))
})

test('a body may have so many brackets, commas and colons, and no more', () => {
  check(`[${','.repeat(STRUCTURE_LIMIT - 1)}]`)
  for (const piece of [',', ':', '[]', '{}']) {
    assert.throws(() => check(piece.repeat(STRUCTURE_LIMIT + 1)), refused(413), piece)
  }
})

test('what stands in a string is text, also behind an escaped quote', () => {
  const brackets = '[{,:'.repeat(STRUCTURE_LIMIT)
  check(`{"a":"${brackets}"}`)
  check(String.raw`["\"${brackets}\\"]`)
  assert.throws(() => check(String.raw`["\\"${brackets}`), refused(400))
})

test('a body full of brackets is refused before anybody asks who sent it', async (t) => {
  const site = await startSite(t)
  assert.match(problemOf(await site.ask('POST', '/', { body: '['.repeat(4_000_000) })).detail, /nested deeper than 64/)
  const { status } = problemOf(
    await site.ask('POST', '/v1/users/query', { body: `{"a":[${'{},'.repeat(1_300_000)}{}]}` }),
  )
  assert.equal(status, 413)
})
