// Malformed tokens, made with knowledge of the format: each is one step away from a right one.
import { anywhere, at, type Chance, type Maker, pick, type RightToken, sign, written } from './parts.ts'
import { SIGNATURES } from './signatures.ts'

/** With another text over the same signature. */
const reworded = (change: (right: RightToken, chance: Chance) => string): Maker => {
  return (right, chance) => `${change(right, chance)}:${right.isUpper ? right.plain.toUpperCase() : right.plain}`
}

/** With a text that no token has, signed as it should be. */
const signedAnew = (change: (right: RightToken, chance: Chance) => string): Maker => {
  return (right, chance) => {
    const text = change(right, chance)
    const plain = sign(right.secret, text)
    return `${text}:${chance() < 0.5 ? plain : plain.toUpperCase()}`
  }
}

/** Other ways to write a number, none of which is decimal digits alone. */
function oddNumber(seconds: number, chance: Chance): string {
  const text = String(seconds)
  const arabic = text.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
  const fullwidth = text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  const middle = 1 + anywhere(text.slice(1), chance)
  return pick(
    [
      ...([
        `+${text}`,
        `-${text}`,
        ` ${text}`,
        `${text} `,
        `\t${text}`,
        `${text}\n`,
        `\r\n${text}`,
        `${text}\0`,
      ] as const),
      ...[`0x${seconds.toString(16)}`, `0${seconds.toString(8)}o`, `0b${seconds.toString(2)}`, `${text}n`, `${text}.0`],
      ...[`${seconds / 1e9}e9`, `${text}e0`, arabic, fullwidth, `${text},5`, '', 'NaN', 'Infinity', '-0', 'null'],
      ...[`${text.slice(0, middle)}_${text.slice(middle)}`, `${text.slice(0, middle)} ${text.slice(middle)}`],
      ...[`\u200b${text}`, `${text}\ufeff`, `\u202e${text}`, text.replace('1', 'l'), text.replace('0', 'O')],
    ],
    chance,
  )
}

/** Ids that are the same user as another, or look so, and yet another text. */
function lookalike(userId: string, chance: Chance): string {
  const swapped = [...userId].map((letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
  const others = [
    ...[userId.toUpperCase(), userId.toLowerCase(), swapped.join(''), userId.normalize('NFD'), userId.normalize('NFC')],
    ...[userId.normalize('NFKC'), `${userId} `, ` ${userId}`, `${userId}\0`, `${userId}\u200b`, `\ufeff${userId}`],
    ...[userId.replace('a', '\u0430'), userId.replace('@', '\uff20'), userId.replace('k', '\u212a'), `${userId}\ufe0f`],
    ...[userId.replace('.', '\u3002'), userId.replace('s', '\u017f'), userId.replace('i', '\u0131'), `${userId}\n`],
  ].filter((other) => other !== userId)
  return others[Math.floor(chance() * others.length)] ?? `${userId}x`
}

export const MAKERS: readonly (readonly [name: string, maker: Maker])[] = [
  ...SIGNATURES,
  [
    'another time',
    reworded(({ seconds, userId }, chance) => `${seconds + pick([1, -1, 60, -60, 86_400, 10 ** 9], chance)}:${userId}`),
  ],
  ['the same time with a zero before it', reworded(({ seconds, userId }) => `0${seconds}:${userId}`)],
  ['the time in another way', reworded(({ seconds, userId }, chance) => `${oddNumber(seconds, chance)}:${userId}`)],
  ['another user', reworded(({ seconds, userId }, chance) => `${seconds}:${lookalike(userId, chance)}`)],
  [
    'the colon moved',
    reworded(({ seconds, userId }, chance) => {
      const digits = String(seconds)
      return pick(
        [
          `${digits.slice(0, -1)}:${digits.slice(-1)}${userId}`,
          `${digits}${userId}`,
          `${digits}::${userId}`,
          `:${digits}:${userId}`,
          `${digits}:${userId}:`,
          `${userId}:${digits}`,
          `${digits}:`,
          `:${userId}`,
          digits,
        ],
        chance,
      )
    }),
  ],
  [
    'the time in another way, signed',
    signedAnew(({ seconds, userId }, chance) => `${oddNumber(seconds, chance)}:${userId}`),
  ],
  [
    'a time beyond all reason, signed',
    signedAnew(
      ({ seconds, userId }, chance) =>
        `${pick([`${seconds}${'0'.repeat(11)}`, '9'.repeat(20), '9'.repeat(400), '0', '1', `${seconds}000`, '9007199254740993'], chance)}:${userId}`,
    ),
  ],
  [
    'a user id that is none, signed',
    signedAnew(
      ({ seconds, userId }, chance) =>
        `${seconds}:${pick(['', `${userId}\ud800`, `\udc00${userId}`, '\ud83d', 'x'.repeat(1025), '🙂'.repeat(1025), 'x'.repeat(5000)], chance)}`,
    ),
  ],
  ['a token cut off', (right, chance) => written(right).slice(0, anywhere(written(right), chance))],
  [
    'a token without its beginning',
    (right, chance) => written(right).slice(1 + anywhere(written(right).slice(1), chance)),
  ],
  [
    'two tokens in one',
    (right, chance) => written(right) + pick(['', ':', ' ', '\n', ',', ';'], chance) + written(right),
  ],
  [
    'something around it',
    (right, chance) =>
      pick(
        [
          `${written(right)}\r\n`,
          `\n${written(right)}`,
          `${written(right)}\0`,
          ` ${written(right)}`,
          `"${written(right)}"`,
          `Bearer ${written(right)}`,
          `\ufeff${written(right)}`,
          `${written(right)}#`,
          `${written(right)}:`,
        ],
        chance,
      ),
  ],
  [
    'a bit flipped',
    (right, chance) => {
      const bytes = Buffer.from(written(right))
      const index = anywhere(written(right), chance)
      bytes[index] = (bytes[index] ?? 0) ^ (1 << Math.floor(chance() * 8))
      return bytes.toString(chance() < 0.5 ? 'utf8' : 'latin1')
    },
  ],
  [
    'a letter changed',
    (right, chance) => {
      const text = written(right)
      return at(text, anywhere(text, chance), String.fromCharCode(Math.floor(chance() * 0x300)))
    },
  ],
  [
    'two letters swapped',
    (right, chance) => {
      const text = written(right)
      const index = anywhere(text.slice(1), chance)
      return text.slice(0, index) + text.charAt(index + 1) + text.charAt(index) + text.slice(index + 2)
    },
  ],
  [
    'nothing like a token',
    (_, chance) => pick(['', ':', '::', ':::', 'x', '0:0:0', 'null', '{}', '\0', '1:a:', '=', '1:a:='], chance),
  ],
]
