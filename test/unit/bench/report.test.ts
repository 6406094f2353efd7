// The one table of `npm run bench`: what counts as met, how it reads, and where it goes in a page. The figures are made up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atLeast, atMost, cellsOf, HEADS, isMet, type Row } from '../../../bench/support/report.ts'
import { type Profile, sharesOf } from '../../../bench/support/shares.ts'
import { BEGIN, END, markdownOf, replaced, type Summary } from '../../../bench/support/summary.ts'
import { readPage } from '../../support/pages.ts'

const RATIO = { to: 'bare', value: 7_700, median: 1.6, least: 1.4, most: 1.7 }
const ROW: Row = {
  ...{ work: 'GET of 1', value: 12_345, unit: 'requests/s', ratio: RATIO, target: atLeast(1.5) },
  ...{ p99: 3.14, stall: 12.34, processor: { own: 61.2, yardstick: 99 } },
}
const PLAIN: Row = { work: 'ready', value: 4_100, unit: 'ms', target: atMost(4_000) }
const SUMMARY: Summary = {
  ...{ date: '2026-11-23T12:34:56.000Z', commit: 'abc', node: 'v20.0.0', cores: 2, processor: 'a CPU' },
  ...{ loadBefore: [0.1, 0.2, 0.3], loadAfter: [2, 1, 0.5] },
  benches: [{ name: 'http', seconds: 120, rows: [ROW, PLAIN], notes: ['said so.'] }],
}

test('a target is for the ratio where there is one, else for the value', () => {
  assert.equal(isMet(ROW), true)
  assert.equal(isMet({ ...ROW, ratio: { ...RATIO, median: 1.49 } }), false)
  assert.equal(isMet(PLAIN), false)
  assert.equal(isMet({ ...PLAIN, value: 4_000 }), true)
  assert.equal(isMet({ ...PLAIN, target: undefined }), undefined)
})

test('a row has a cell for every head, and says what was not met', () => {
  assert.deepEqual(cellsOf(ROW), [
    ...['GET of 1', '12,345 requests/s', "1.60 (1.40-1.70) x bare's 7,700", '>= 1.5', 'met'],
    ...['3.14 ms', '12.3 ms', '61.2 (99) µs'],
  ])
  assert.deepEqual(cellsOf(PLAIN), ['ready', '4,100 ms', '', '<= 4,000', 'NOT met', '', '', ''])
  assert.equal(cellsOf(ROW).length, HEADS.length)
})

test('a page gets the table, with the machine and its load, and keeps the rest', () => {
  const page = `# Title\n\n${BEGIN}\nold\n${END}\n\nrest\n`
  const once = replaced(page, markdownOf(SUMMARY), 'page.md')
  assert.match(
    once,
    /^# Title\n\n<!--.*-->\n\n2026-11-23 12:34 UTC, commit abc, Node v20\.0\.0, 2 cores of a CPU, 2 minutes\./,
  )
  assert.match(once, /0\.10 0\.20 0\.30 before, 2\.00 1\.00 0\.50 after/)
  assert.match(once, /\| GET of 1 \| 12,345 requests\/s \|.*\n\| ready \|.*NOT met/)
  assert.match(once, /\n- http: said so\.\n\n<!--.*-->\n\nrest\n$/)
  assert.doesNotMatch(once, /old/)
  assert.equal(replaced(once, markdownOf(SUMMARY), 'page.md'), once)
  assert.ok(replaced(readPage('docs/performance.md'), once, 'docs/performance.md').includes(once))
  assert.throws(() => replaced('# Title\n', '', 'page.md'), /page\.md needs a line/)
})

test('a run on a busy machine says so', () => {
  assert.doesNotMatch(markdownOf(SUMMARY), /other work/)
  assert.match(markdownOf({ ...SUMMARY, loadBefore: [0.6, 0, 0] }), /after\. \*\*The machine had other work/)
})

test('a sample counts for the innermost part on its stack, within the span, and idling for none', () => {
  const frame = (id: number, functionName: string, url: string, children: number[] = []) => {
    return { id, callFrame: { functionName, url }, children }
  }
  const profile: Profile = {
    nodes: [
      frame(1, '(root)', '', [2, 6]),
      frame(2, 'onRequest', 'node:_http_server', [3]),
      frame(3, 'verify', 'file:///x/dist/core/tokens.js', [4]),
      frame(4, 'update', 'node:internal/crypto/hash'),
      frame(6, '(idle)', ''),
    ],
    ...{ startTime: 1_000, samples: [4, 4, 2, 6, 4], timeDeltas: [10, 20, 30, 40, 50] },
  }
  const shares = sharesOf(profile, { used: 30, begin: 1_020, end: 1_100 })
  const found = [...shares].filter(([, microseconds]) => microseconds > 0)
  assert.deepEqual(found, [
    ['token', 15],
    ['reading (Node)', 15],
  ])
})
