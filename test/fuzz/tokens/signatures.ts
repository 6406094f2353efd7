// Right texts under signatures that are almost right.
import { anywhere, at, type Chance, type Maker, pick, type RightToken, sign } from './parts.ts'

/** With another signature under the same text. */
const resigned = (change: (signature: string, chance: Chance, right: RightToken) => string): Maker => {
  return (right, chance) => {
    const signature = right.isUpper ? right.plain.toUpperCase() : right.plain
    return `${right.seconds}:${right.userId}:${change(signature, chance, right)}`
  }
}

export const SIGNATURES: readonly (readonly [name: string, maker: Maker])[] = [
  [
    'one letter in the other case',
    resigned((text, chance, { plain }) => {
      const small = [...plain].flatMap((letter, index) => (/[a-z]/.test(letter) ? [index] : []))
      const index = small[Math.floor(chance() * small.length)] ?? 0
      const letter = text.charAt(index)
      return at(text, index, letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())
    }),
  ],
  [
    'some letters in the other case',
    resigned((_, chance, { plain }) => {
      return [...plain].map((letter) => (chance() < 0.5 ? letter.toUpperCase() : letter)).join('')
    }),
  ],
  ['a lower-case signature', resigned((text) => text.toLowerCase())],
  [
    'the padding changed',
    resigned((text, chance) =>
      pick(
        [
          text.slice(0, -1),
          `${text}=`,
          `${text}==`,
          `=${text}`,
          text.replace('=', '%3D'),
          text.replace('=', ''),
          text.replace('=', '-'),
        ],
        chance,
      ),
    ),
  ],
  [
    'the alphabet of URLs',
    resigned((text, chance) => {
      const url = text.replaceAll('+', '-').replaceAll('/', '_')
      return url === text ? at(text, anywhere(text, chance), pick(['-', '_'], chance)) : url
    }),
  ],
  [
    'white space in the signature',
    resigned((text, chance) => {
      const index = Math.floor(chance() * (text.length + 1))
      const space = pick([' ', '\n', '\r\n', '\t', '\0', '\u00a0', '\u2028', '\v'], chance)
      return text.slice(0, index) + space + text.slice(index)
    }),
  ],
  // 43 letters hold two bits more than 32 bytes: a lenient decoder takes four letters for one.
  [
    'the unused bits of the last letter',
    resigned((text, chance) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
      const value = alphabet.indexOf(text.charAt(42))
      return at(text, 42, alphabet.charAt((value & ~3) | ((value + 1 + Math.floor(chance() * 3)) & 3)))
    }),
  ],
  [
    'another letter in the signature',
    resigned((text, chance) => {
      const index = anywhere(text, chance)
      return at(
        text,
        index,
        String.fromCharCode(33 + ((text.charCodeAt(index) - 33 + 1 + Math.floor(chance() * 93)) % 94)),
      )
    }),
  ],
  // As UTF-16 units these end in the byte of an allowed letter.
  [
    'a letter that truncates to the right one',
    resigned((text, chance) => {
      const index = anywhere(text, chance)
      return at(text, index, String.fromCharCode(text.charCodeAt(index) + 0x100 * (1 + Math.floor(chance() * 0xd0))))
    }),
  ],
  [
    'a fullwidth letter',
    resigned((text, chance) => {
      const index = anywhere(text, chance)
      return at(text, index, String.fromCharCode(text.charCodeAt(index) - 0x20 + 0xff00))
    }),
  ],
  [
    'a signature in hex',
    resigned((_, chance, { plain }) => {
      const hex = Buffer.from(plain, 'base64').toString('hex')
      return chance() < 0.5 ? hex : hex.toUpperCase()
    }),
  ],
  [
    'a signature that is too short or long',
    resigned((text, chance) =>
      pick(
        [text.slice(0, anywhere(text, chance)), text + text, text + pick(['A', '/', '0'], chance), text.slice(1)],
        chance,
      ),
    ),
  ],
  ['the signature of nothing known', resigned((_, chance) => sign(String(chance()), 'x'))],
  [
    'a key that is no secret',
    resigned((_, chance, right) => {
      const { secret, seconds, userId } = right
      const other = pick(
        [secret.toLowerCase(), `${secret} `, `${secret}\n`, '', secret.slice(0, -1), secret + secret],
        chance,
      )
      return sign(other === secret ? `${secret}x` : other, `${seconds}:${userId}`)
    }),
  ],
  [
    'the parts signed in another way',
    resigned((_, chance, { secret, seconds, userId, plain }) =>
      pick(
        [
          sign(secret, `${userId}:${seconds}`),
          sign(secret, `${seconds}${userId}`),
          sign(secret, userId),
          sign(secret, `${seconds}:${userId}:`),
          sign(plain, `${seconds}:${userId}`),
        ],
        chance,
      ),
    ),
  ],
]
