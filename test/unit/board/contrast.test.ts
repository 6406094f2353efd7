// The colours of the board keep to WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for signs and edges of fields (1.4.11), light and dark.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const STYLE = join(import.meta.dirname, '../../../src/board/style')
const TOKENS = readFileSync(join(STYLE, 'tokens.css'), 'utf8')

const COLOURS = new Map(
  [...TOKENS.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

const STATES = ['available', 'busy', 'away', 'unavailable']
const GROUNDS = ['page', 'card', 'raised', 'hover']

const TEXTS: ReadonlyArray<readonly [text: string, ground: string]> = [
  ...GROUNDS.flatMap((ground) => ['text', 'quiet', 'warn', 'accent', ...STATES].map((text) => [text, ground] as const)),
  ...STATES.flatMap((state) => [state, 'text'].map((text) => [text, `${state}-soft`] as const)),
  ['on-accent', 'accent'],
  ['warn', 'warn-soft'],
  // Words for code, and the doubt about a tile on the wall.
  ['text', 'unavailable-soft'],
  ...STATES.map((state) => ['warn', `${state}-soft`] as const),
]

const SIGNS: ReadonlyArray<readonly [sign: string, ground: string]> = [
  ...GROUNDS.flatMap((ground) =>
    ['edge', 'focus', ...STATES.map((state) => `${state}-fill`)].map((sign) => [sign, ground] as const),
  ),
  ...STATES.map((state) => [`${state}-fill`, `${state}-soft`] as const),
]

for (const scheme of ['light', 'dark'] as const) {
  test(`every text can be read, and every sign told from its ground, in ${scheme} colours`, () => {
    const weak = [
      ...TEXTS.map((pair) => [...pair, 4.5] as const),
      ...SIGNS.map((pair) => [...pair, 3] as const),
    ].flatMap(([front, ground, least]) => {
      const ratio = contrast(colour(front, scheme), colour(ground, scheme))
      return ratio >= least ? [] : [`${front} on ${ground}: ${ratio.toFixed(2)}, less than ${least}`]
    })
    assert.deepEqual(weak, [])
  })
}

test('the contrast of known pairs is computed as WCAG defines it', () => {
  assert.equal(contrast('#000000', '#ffffff').toFixed(2), '21.00')
  assert.equal(contrast('#777777', '#ffffff').toFixed(2), '4.48')
})

test('colours stand nowhere else, but in the logo and in shadows', () => {
  const elsewhere = readdirSync(STYLE)
    .filter((name) => name !== 'tokens.css')
    .flatMap((name) => readFileSync(join(STYLE, name), 'utf8').match(/^.*#[0-9a-f]{3,8}\b.*$/gim) ?? [])
  assert.deepEqual(
    elsewhere.filter((line) => !/3346ad|3fd08c|stroke: #fff;|light-dark\(#\w{8}, #\w{4}\)/.test(line)),
    [],
  )
})

function colour(name: string, scheme: 'light' | 'dark'): string {
  const found = COLOURS.get(name)?.[scheme]
  assert.ok(found !== undefined, `there is no colour --${name} of six digits in tokens.css`)
  return found
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
