// What the reader has chosen to see, and how it stands in the page's address, so that a view can be kept as a bookmark.
import { isStatus, STATUSES, type Status } from './status.ts'

export const SORTS = ['name', 'status', 'recent'] as const
export type Sort = (typeof SORTS)[number]

export interface View {
  readonly search: string
  /** Only people in one of these states; none chosen means all. */
  readonly states: ReadonlySet<Status>
  /** Only people of whom one of these sources says something; none chosen means all. */
  readonly sources: ReadonlySet<string>
  readonly sort: Sort
}

const SEARCH_LIMIT = 200
const SOURCES_LIMIT = 50

export const EVERYTHING: View = { search: '', states: new Set(), sources: new Set(), sort: 'name' }

/** Of the query part of an address; what makes no sense in it is left out. */
export function viewOf(query: string): View {
  const parameters = new URLSearchParams(query)
  const sort = parameters.get('sort')
  return {
    search: (parameters.get('q') ?? '').slice(0, SEARCH_LIMIT),
    states: new Set(parameters.getAll('state').filter(isStatus)),
    sources: new Set(parameters.getAll('source').slice(0, SOURCES_LIMIT)),
    sort: SORTS.find((known) => known === sort) ?? 'name',
  }
}

/** The query part for a view, with `?` unless it is empty; parameters that are not the view's stay. */
export function queryOf(view: View, query: string): string {
  const parameters = new URLSearchParams(query)
  for (const name of ['q', 'state', 'source', 'sort']) parameters.delete(name)
  if (view.search.trim() !== '') parameters.set('q', view.search.trim())
  for (const state of STATUSES) if (view.states.has(state)) parameters.append('state', state)
  for (const source of [...view.sources].sort()) parameters.append('source', source)
  if (view.sort !== 'name') parameters.set('sort', view.sort)
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

/** Whether the view leaves anybody out. */
export function isNarrowed({ search, states, sources }: View): boolean {
  return search.trim() !== '' || states.size > 0 || sources.size > 0
}

/** The set with a member more, or without it. */
export function toggled<Member>(set: ReadonlySet<Member>, member: Member): ReadonlySet<Member> {
  const other = new Set(set)
  if (!other.delete(member)) other.add(member)
  return other
}
