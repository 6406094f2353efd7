// The story that a seed tells: the faults in their order, and what people do before, during and after each (pure).
import { seededRandom } from '../support/seeded-random.ts'

export type Source = 'xmpp' | 'irc' | 'spreed' | 'manual'

/** What somebody does. */
export interface Action {
  readonly person: string
  readonly source: Source
  /** Which of their devices or tabs. */
  readonly device: string
  /** `comes` also after they have vanished; `says` changes a state; `goes` is polite, `vanishes` is not. */
  readonly verb: 'comes' | 'says' | 'goes' | 'vanishes'
  readonly status: 'available' | 'busy' | 'away'
  /** No other action has the same. */
  readonly message: string
  /** Seconds after which `manual` takes it back by itself. */
  readonly lasts?: number
}

export interface Round<Fault> {
  readonly number: number
  readonly fault: Fault
  /** Parameters of the fault, from 0 to below 1. */
  readonly chance: readonly number[]
  readonly before: readonly Action[]
  readonly during: readonly Action[]
  readonly after: readonly Action[]
}

/** Somebody's part at one source. */
export interface Part {
  readonly person: string
  readonly source: Source
  readonly devices: readonly string[]
}

export interface StoryOptions<Fault> {
  readonly seed: number
  readonly rounds: number
  readonly kinds: readonly Fault[]
  readonly parts: readonly Part[]
}

/** How many act in each of the three phases. */
const ACTORS = 3

export function story<Fault>({ seed, rounds, kinds, parts }: StoryOptions<Fault>): Round<Fault>[] {
  const random = seededRandom(seed)
  // The first numbers of small seeds are all small.
  for (let draw = 0; draw < 20; draw += 1) random()
  const below = (limit: number): number => Math.floor(random() * limit)
  const shuffled = <Item>(items: readonly Item[]): Item[] => {
    const deck = [...items]
    for (let index = deck.length - 1; index > 0; index -= 1) {
      const other = below(index + 1)
      const [one, two] = [deck[index] as Item, deck[other] as Item]
      deck[index] = two
      deck[other] = one
    }
    return deck
  }
  /** Who is there; everybody at first, but at `manual`. */
  const present = new Set(
    parts.flatMap(({ person, source, devices }) =>
      source === 'manual' ? [] : devices.map((device) => `${person} ${source} ${device}`),
    ),
  )
  let count = 0
  const act = ({ person, source, devices }: Part): Action => {
    const device = devices[below(devices.length)] ?? ''
    const key = `${person} ${source} ${device}`
    const dice = random()
    const verb = !present.has(key) ? 'comes' : dice < 0.6 ? 'says' : dice < 0.8 ? 'goes' : 'vanishes'
    count += 1
    const status = (['available', 'busy', 'away'] as const)[below(3)] ?? 'busy'
    const lasts = 2 + below(5)
    const mayLapse = source === 'manual' && random() < 0.5
    const message = `${status} ${count}`
    if (mayLapse && verb === 'comes') return { person, source, device, verb, status, message, lasts }
    if (verb === 'comes') present.add(key)
    else if (verb !== 'says') present.delete(key)
    return { person, source, device, verb, status, message }
  }
  let deck: Fault[] = []
  return Array.from({ length: rounds }, (_, index) => {
    // Like cards: every fault comes before any comes again.
    if (deck.length === 0) deck = shuffled(kinds)
    const fault = deck.pop() as Fault
    // Nobody acts twice at one source in a round, so that what they are at its end is certain.
    const actors = shuffled(parts).slice(0, 3 * ACTORS)
    const [before = [], during = [], after = []] = [0, 1, 2].map((phase) =>
      actors.slice(phase * ACTORS, (phase + 1) * ACTORS).map(act),
    )
    return { number: index + 1, fault, chance: [random(), random(), random()], before, during, after }
  })
}
