// The rows of the list: who fits the view, grouped by domain, in the order asked. Pure.
import type { Person } from './people.ts'
import { type Counts, noCounts, STATUSES } from './status.ts'
import { searchWords } from './text.ts'
import type { Sort, View } from './view.ts'

export interface GroupRow {
  readonly kind: 'group'
  readonly key: string
  readonly domain: string
  /** Of those in the group who fit the view. */
  readonly counts: Counts
}

export interface PersonRow {
  readonly kind: 'person'
  readonly key: string
  readonly person: Person
  /** Whether it is the first or the last one of its group. */
  readonly first: boolean
  readonly last: boolean
}

export type Row = GroupRow | PersonRow

/** More rows than this make a page higher than browsers can lay out. */
export const LONGEST_LIST = 200_000

export interface Rows {
  readonly rows: readonly Row[]
  /** How many people fit the view, also those for whom there is no room. */
  readonly matched: number
}

/** `people` must be in the order of names. */
export function rowsOf(people: readonly Person[], view: View, longest = LONGEST_LIST): Rows {
  const fits = filterOf(view)
  const groups = new Map<string, Person[]>()
  let matched = 0
  for (const person of people) {
    if (!fits(person)) continue
    matched += 1
    if (matched > longest) continue
    const group = groups.get(person.domain)
    if (group === undefined) groups.set(person.domain, [person])
    else group.push(person)
  }
  const rows: Row[] = []
  for (const [domain, members] of groups) {
    const counts = noCounts()
    for (const { document } of members) counts[document.status] += 1
    rows.push({ kind: 'group', key: `@${domain}`, domain, counts })
    const last = members.length - 1
    sorted(members, view.sort).forEach((person, index) => {
      rows.push({ kind: 'person', key: person.id, person, first: index === 0, last: index === last })
    })
  }
  return { rows, matched }
}

/** Whether a person fits the search and the chosen states and sources. */
export function filterOf({ search, states, sources }: View): (person: Person) => boolean {
  const words = searchWords(search)
  return ({ idKey, messageKey, document }) => {
    if (states.size > 0 && !states.has(document.status)) return false
    if (sources.size > 0 && !Object.keys(document.sources).some((name) => sources.has(name))) return false
    return words.every((word) => idKey.includes(word) || messageKey.includes(word))
  }
}

function sorted(people: readonly Person[], sort: Sort): readonly Person[] {
  if (sort === 'name') return people
  if (sort === 'status')
    return STATUSES.flatMap((status) => people.filter(({ document }) => document.status === status))
  return people.toSorted((a, b) => b.since - a.since || a.rank - b.rank)
}
