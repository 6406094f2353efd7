// Text from elsewhere, made harmless.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { excerpt, printable, printableJson } from '../../../src/core/printable.ts'

suite('printable text', () => {
  test('control, bidi and invisible characters and lone surrogates are replaced', () => {
    const harmful = [
      '\0',
      '\n',
      '\u001b',
      '\u007f',
      '\u009b',
      '\u200e',
      '\u202e',
      '\u2066',
      '\u2028',
      '\ufeff',
      '\ud800',
      '\u{e0041}',
    ]
    for (const character of harmful) assert.equal(printable(`a${character}b`), 'a\ufffdb', JSON.stringify(character))
  })

  test('letters of all scripts and emoji, joined ones too, stay as they are', () => {
    for (const text of ['grüße', 'こんにちは', 'שלום', 'नमस्ते', '👩‍👩‍👧 😀', 'a b']) assert.equal(printable(text), text)
  })

  test('JSON keeps its meaning and has nothing harmful left', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
        for (const source of [json, JSON.stringify({ text })]) {
          const safe = printableJson(source)
          assert.deepEqual(JSON.parse(safe), JSON.parse(source))
          assert.equal(printable(safe), safe)
        }
      }),
    )
    assert.equal(printableJson('"\u202e\u{e0041}"'), '"\\u202e\\udb40\\udc41"')
  })

  test('an excerpt counts code points and says that it is one', () => {
    assert.equal(excerpt('😀😀😀', 3), '😀😀😀')
    assert.equal(excerpt('😀😀😀😀', 3), '😀😀😀…')
    assert.equal(excerpt('a\nb'), 'a\ufffdb')
  })
})
