// Changes of bytes that fast-check can make, and make fewer of when it looks for the smallest case.
import fc from 'fast-check'

/** One change; places are parts of the whole, so that an edit means something for bytes of any length. */
export type Edit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number }

/** In millionths of the length. */
const WHOLE = 1_000_000
const place = fc.nat(WHOLE)
const length = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.integer({ min: 1, max: 200 }))

/** Bytes that mean something to somebody: ends of lines, NUL, broken and other UTF-8, what opens and closes. */
const TELLING = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  '=',
  '"',
  "'",
  '<',
  '>',
  '&',
  ';',
  '/',
  '\\',
  '{',
  '}',
  '[',
  ']',
]
  .map((text) => Buffer.from(text))
  .concat(['\u00e9', '\u2028', '\ufeff', '\u202e', '\ufffe', '🙂'].map((text) => Buffer.from(text)))
  .concat(
    [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xfe], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80], [0x1b, 0x5b]].map(
      Buffer.from,
    ),
  )

/** At most so many changes, half of the time none; `words` are inserted, too. */
export function editsOf(most: number, words: readonly string[] = []): fc.Arbitrary<readonly Edit[]> {
  const telling = [...TELLING, ...words.map((word) => Buffer.from(word))]
  const bytes = fc.oneof(fc.constantFrom(...telling), fc.uint8Array({ minLength: 1, maxLength: 6 }))
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('insert' as const), at: place, bytes }),
    fc.record({ kind: fc.constant('delete' as const), at: place, length }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, length, to: place }),
    fc.record({ kind: fc.constant('cut' as const), at: place }),
  )
  return fc.oneof(fc.constant([]), fc.array(edit, { minLength: 1, maxLength: most }))
}

export function applied(before: Buffer, edits: readonly Edit[]): Buffer {
  return edits.reduce(apply, before)
}

/** These bytes with such changes. */
export function edited(base: fc.Arbitrary<Buffer>, most: number, words: readonly string[] = []): fc.Arbitrary<Buffer> {
  return fc.tuple(base, editsOf(most, words)).map(([before, edits]) => applied(before, edits))
}

function apply(before: Buffer, edit: Edit): Buffer {
  const at = Math.floor((edit.at / WHOLE) * before.length)
  switch (edit.kind) {
    case 'flip':
    case 'set': {
      const after = Buffer.from(before)
      if (at < after.length) after[at] = edit.kind === 'set' ? edit.byte : (after[at] ?? 0) ^ (1 << edit.bit)
      return after
    }
    case 'insert':
      return Buffer.concat([before.subarray(0, at), edit.bytes, before.subarray(at)])
    case 'delete':
      return Buffer.concat([before.subarray(0, at), before.subarray(at + edit.length)])
    case 'repeat': {
      const to = Math.floor((edit.to / WHOLE) * before.length)
      const piece = before.subarray(at, at + edit.length)
      return Buffer.concat([before.subarray(0, to), piece, before.subarray(to)])
    }
    case 'cut':
      return before.subarray(0, at)
  }
}

/** Cuts bytes into chunks at these places, given in millionths. */
export function chunks(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((part) => Math.floor((part / WHOLE) * bytes.length)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

/** Places for `chunks`: often none. */
export const cuts = fc.oneof(fc.constant<readonly number[]>([]), fc.array(place, { maxLength: 6 }))

const letter = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0x7f, 0x85, 0xa0, 0xe9, 0x130, 0x200b, 0x202e, 0x2028, 0x212a, 0xfeff, 0xfffe, 0x1f642),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
)

/** Text with letters that mischief is done with. */
export function mischief(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: letter.map((code) => String.fromCodePoint(code)), maxLength })
}

/** Bytes as a report can show them. */
export function shown(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes).toString('latin1'))
}
