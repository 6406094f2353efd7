// Content negotiation: weights, wildcards, and what happens when nothing fits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bestType } from '../../../src/http/accept.ts'

const JSON_TYPE = 'application/json'
const PIDF = 'application/pidf+xml'

const CASES: readonly (readonly [string | undefined, string])[] = [
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  [PIDF, PIDF],
  ['Application/PIDF+XML', PIDF],
  [`${PIDF}; charset=utf-8`, PIDF],
  [`${PIDF};q=0.001`, PIDF],
  [`${PIDF};q=0`, JSON_TYPE],
  [`${PIDF};q=0, */*`, JSON_TYPE],
  [`${JSON_TYPE};q=0, */*`, PIDF],
  [`${JSON_TYPE};q=0.5, ${PIDF};q=0.6`, PIDF],
  [`${JSON_TYPE};q=0.6, ${PIDF};q=0.5`, JSON_TYPE],
  [`${PIDF}, ${JSON_TYPE}`, JSON_TYPE],
  [`${PIDF}, */*`, PIDF],
  [`*/*, ${PIDF}`, PIDF],
  [`${PIDF};q=0.9, */*`, JSON_TYPE],
  [`application/*;q=0.2, ${PIDF} ; Q = 0.1`, JSON_TYPE],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
  ['text/html', JSON_TYPE],
  [`${PIDF};q=2, ${JSON_TYPE};q=0.1`, JSON_TYPE],
  [',;q=,', JSON_TYPE],
]

for (const [accept, expected] of CASES) {
  test(`with ${accept === undefined ? 'no Accept at all' : `Accept "${accept}"`} the answer is ${expected}`, () => {
    assert.equal(bestType(accept, [JSON_TYPE, PIDF]), expected)
  })
}
