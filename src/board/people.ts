// Everybody the board knows: what was told last of each, in the order of their names, and how many are in each state.
import type { PresenceDocument } from '../client/index.ts'
import { type Counts, noCounts } from './status.ts'
import { accountAndDomain, searchKey } from './text.ts'

/** One person. The object stays the same as long as they are known; the document in it changes. */
export interface Person {
  readonly id: string
  readonly account: string
  readonly domain: string
  /** What a search compares. */
  readonly idKey: string
  readonly messageKey: string
  readonly document: PresenceDocument
  /** When the combined status began, in epoch milliseconds; 0 when nobody knows. */
  readonly since: number
  /** The order of names. */
  readonly rank: number
}

type Known = { -readonly [Member in keyof Person]: Person[Member] }

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

export class People {
  readonly #known = new Map<string, Known>()
  readonly #counts = noCounts()
  readonly #sources = new Map<string, number>()
  #ordered: Known[] = []
  #added: Known[] = []
  #removed = false
  /** Those of whom a snapshot that is under way has not told yet. */
  #untold: Set<string> | undefined

  get size(): number {
    return this.#known.size
  }

  get counts(): Counts {
    return this.#counts
  }

  /** The names of the sources that say something of somebody. */
  get sources(): readonly string[] {
    return [...this.#sources.keys()].sort(names.compare)
  }

  get(id: string): Person | undefined {
    return this.#known.get(id)
  }

  /** A new stream begins, and will tell of everybody once more. */
  beginSnapshot(): void {
    this.#untold = new Set(this.#known.keys())
  }

  /** It has told of everybody: whoever was not among them is gone. */
  endSnapshot(): void {
    for (const id of this.#untold ?? []) this.#remove(id)
    this.#untold = undefined
  }

  /** What is known of a person now. Without sources nothing is, and they are gone. */
  tell(document: PresenceDocument): void {
    const id = document.user_id
    this.#untold?.delete(id)
    if (Object.keys(document.sources).length === 0) {
      this.#remove(id)
      return
    }
    const known = this.#known.get(id)
    if (known === undefined) this.#add(id, document)
    else this.#change(known, document)
  }

  /** By domain, and in it by name; those without a domain last. The same array until somebody comes or goes. */
  ordered(): readonly Person[] {
    if (this.#removed) this.#ordered = this.#ordered.filter((person) => this.#known.get(person.id) === person)
    if (this.#added.length > 0) {
      const added = this.#added.filter((person) => this.#known.get(person.id) === person).sort(byName)
      this.#ordered = merged(this.#ordered, added)
    }
    if (this.#removed || this.#added.length > 0) {
      this.#ordered.forEach((person, rank) => {
        person.rank = rank
      })
    }
    this.#removed = false
    this.#added = []
    return this.#ordered
  }

  #add(id: string, document: PresenceDocument): void {
    const [account, domain] = accountAndDomain(id)
    const messageKey = searchKey(document.message)
    const person: Known = {
      id,
      account,
      domain,
      idKey: searchKey(id),
      messageKey,
      document,
      since: sinceOf(document),
      rank: 0,
    }
    this.#known.set(id, person)
    this.#added.push(person)
    this.#count(document, 1)
  }

  #change(known: Known, document: PresenceDocument): void {
    this.#count(known.document, -1)
    this.#count(document, 1)
    if (known.document.message !== document.message) known.messageKey = searchKey(document.message)
    known.document = document
    known.since = sinceOf(document)
  }

  #remove(id: string): void {
    const known = this.#known.get(id)
    if (known === undefined) return
    this.#known.delete(id)
    this.#removed = true
    this.#count(known.document, -1)
  }

  #count({ status, sources }: PresenceDocument, by: 1 | -1): void {
    this.#counts[status] += by
    for (const name of Object.keys(sources)) {
      const count = (this.#sources.get(name) ?? 0) + by
      if (count === 0) this.#sources.delete(name)
      else this.#sources.set(name, count)
    }
  }
}

function sinceOf({ since }: PresenceDocument): number {
  return (since !== null && Date.parse(since)) || 0
}

function byName(a: Known, b: Known): number {
  if (a.domain !== b.domain) {
    if (a.domain === '') return 1
    if (b.domain === '') return -1
    return names.compare(a.domain, b.domain) || (a.domain < b.domain ? -1 : 1)
  }
  return names.compare(a.account, b.account) || (a.id < b.id ? -1 : 1)
}

/** Two ordered lists as one. */
function merged(some: readonly Known[], others: readonly Known[]): Known[] {
  if (some.length === 0) return [...others]
  const all: Known[] = []
  let next = 0
  for (const person of some) {
    for (let other = others[next]; other !== undefined && byName(other, person) < 0; other = others[next]) {
      all.push(other)
      next += 1
    }
    all.push(person)
  }
  return [...all, ...others.slice(next)]
}
