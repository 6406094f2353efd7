// Tokens that are almost right: none is accepted, and every verdict is that of an independent verifier.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { TokenVerifier, tokenFromHeader } from '../../../src/core/tokens.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import type { Target } from '../target.ts'
import { MAKERS } from '../tokens/makers.ts'
import { judge } from '../tokens/oracle.ts'
import { pick, type RightToken, sign, written } from '../tokens/parts.ts'

interface Case {
  readonly made: string
  readonly right: RightToken
  readonly malformed: string
  /** The time, in milliseconds. */
  readonly now: number
  /** Most daemons have one; every one more takes as long again. */
  readonly secrets: readonly string[]
  /** The right token is verified before and after, and is remembered meanwhile. */
  readonly isWarm: boolean
  /** It comes in a header, too, written in one of the ways there are. */
  readonly header: 'none' | 'base64url' | 'padded' | 'bytes' | 'raw' | 'damaged'
}

const SECRETS = ['GEHEIM', 'älteres Geheimnis'] as const
/** It is in force for moments only. */
const WITHDRAWN = 'withdrawn'
const MINUTES = 5
const TOLERANCE = MINUTES * 60_000
const START = 1_800_000_000
const USERS = [
  ...([
    'markd@zarafa.com',
    'ada',
    'Ada',
    'a:b:c',
    ':',
    '1',
    '1800000000',
    'jürgen@müller.example',
    'ju\u0308rgen',
  ] as const),
  ...[
    '見',
    '🙂',
    '__proto__',
    'constructor',
    'İstanbul',
    'ΟΔΟΣ',
    'x'.repeat(1024),
    'a b',
    'a\0b',
    'kiss.me@example.com',
  ],
] as const

function caseOf(seed: number): Case {
  const chance = seededRandom(seed)
  const seconds = START + Math.floor(chance() * 1_000_000)
  const userId = pick(USERS, chance)
  const secrets = chance() < 0.8 ? SECRETS.slice(0, 1) : SECRETS
  const secret = secrets.length === 1 ? SECRETS[0] : pick(SECRETS, chance)
  const plain = sign(secret, `${seconds}:${userId}`)
  const right = { seconds, userId, secret, plain, isUpper: chance() < 0.5 }
  const [made, make] = MAKERS[Math.floor(chance() * MAKERS.length)] ?? ['', () => '']
  const offset = pick([0, TOLERANCE, -TOLERANCE, Math.floor((chance() * 2 - 1) * TOLERANCE)], chance)
  const malformed = make(right, chance)
  // What happens to be the right one after all is made wrong for sure.
  const isRight = [true, false].some((isUpper) => malformed === written({ ...right, isUpper }))
  return {
    ...{ made, right, secrets, now: seconds * 1000 + offset, isWarm: chance() < 0.05, header: headerOf(chance()) },
    malformed: isRight ? `${malformed}=` : malformed,
  }
}

function headerOf(chance: number): Case['header'] {
  if (chance > 0.1) return 'none'
  return pick(['base64url', 'padded', 'bytes', 'raw', 'damaged'], () => chance * 10)
}

class Bench {
  readonly #clock = { now: 0 }
  readonly #verifiers = [1, 2].map((count) => {
    const secrets = SECRETS.slice(0, count)
    return new TokenVerifier({ secrets, expireMinutes: MINUTES, wall: () => this.#clock.now })
  })
  #cases = 0

  check(input: Case): string {
    const { right, secrets, malformed, now, isWarm, header } = input
    const both = (token: string, time: number) => this.#both(token, time, secrets)
    this.#cases += 1
    if (this.#cases % 50_000 === 0) this.#rotate()
    const good = written(right)
    if (isWarm) assert.match(both(good, now), / until /, 'the right token is accepted')
    const verdict = both(malformed, now)
    assert.doesNotMatch(verdict, / until /)
    if (header !== 'none') this.#header(input, good)
    if (!isWarm) return verdict
    // To the millisecond, remembered as it is.
    const time = right.seconds * 1000
    for (const edge of [-TOLERANCE - 1, -TOLERANCE, TOLERANCE, TOLERANCE + 1]) both(good, time + edge)
    const other = written({ ...right, isUpper: !right.isUpper })
    assert.match(both(other, now), / until /, 'the other way to write it is accepted, too')
    const old = sign(WITHDRAWN, `${right.seconds}:${right.userId}`)
    assert.equal(both(`${right.seconds}:${right.userId}:${old}`, now), 'no token')
    return `${verdict}, the right one remembered`
  }

  /** The verdict, on which both agree. */
  #both(token: string, now: number, secrets: readonly string[]): string {
    this.#clock.now = now
    const verdict = this.#verifier(secrets).verify(token)
    const words = verdict.ok ? `${verdict.userId} until ${verdict.expires}` : verdict.reason
    const seen = words === 'malformed' || words === 'wrong' ? 'no token' : words
    assert.equal(seen, judge(token, secrets, now, MINUTES), JSON.stringify(token))
    return seen
  }

  /** The same as a header has it. */
  #header({ header, malformed, now, secrets }: Case, good: string): void {
    // A lone surrogate can't be sent: what comes in its stead may be a letter of a right token.
    if (!malformed.isWellFormed()) return
    const bytes = Buffer.from(malformed)
    const encoded = bytes.toString('base64url')
    const latin1 = bytes.toString('latin1')
    const credentials = new Map([
      ['base64url', encoded],
      ['padded', `${encoded}=`],
      ['bytes', latin1],
      ['raw', /^[\0-\xff]*$/.test(malformed) ? malformed : latin1],
      [
        'damaged',
        Buffer.from(good)
          .toString('base64url')
          .slice(this.#cases % 3, good.length - (this.#cases % 2)),
      ],
    ]).get(header)
    const token = tokenFromHeader(credentials ?? '')
    if (token === undefined) return
    const verdict = this.#both(token, now, secrets)
    // What was right and was damaged is right, or none.
    if (header !== 'damaged') assert.doesNotMatch(verdict, / until /)
  }

  /** A secret comes and goes again: what was verified with it is not remembered. */
  #rotate(): void {
    const seconds = Math.floor(this.#clock.now / 1000)
    const text = `${seconds}:ada`
    const token = `${text}:${sign(WITHDRAWN, text)}`
    const verifier = this.#verifier(SECRETS)
    verifier.configure({ secrets: [...SECRETS, WITHDRAWN], expireMinutes: MINUTES })
    assert.equal(verifier.verify(token).ok, true)
    verifier.configure({ secrets: SECRETS, expireMinutes: MINUTES })
    assert.equal(verifier.verify(token).ok, false)
  }

  #verifier(secrets: readonly string[]): TokenVerifier {
    const verifier = this.#verifiers[secrets.length - 1]
    assert.ok(verifier)
    return verifier
  }
}

export const tokens: Target<Case> = {
  name: 'tokens',
  about: 'no malformed token is accepted, and two verifiers agree on every one',
  runs: 10_000_000,
  shortRuns: 10_000,
  heap: 96,
  patience: 10_000,
  // A number stands for a case; a smaller one is no simpler.
  cases: fc.noShrink(fc.integer()).map(caseOf),
  show: (input) => JSON.stringify(input),
  start: async () => new Bench(),
}
