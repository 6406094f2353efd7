// Several sources -> one status, and why. Pure.
import { isStatus, type SourceView } from './presence.ts'

/** What is asked in turn: a state that any source may have, or a source that wins while it has something to say. */
export const DEFAULT_COMBINED_ORDER: readonly string[] = ['manual', 'busy', 'available', 'away', 'unavailable']

const NONE: ReadonlySet<string> = new Set()

/** The deciding source and what it says. */
export interface Decision {
  readonly source: string
  readonly view: SourceView
}

/**
 * The first name of the order that matches decides. Between sources in the same state: one that is not stale before a stale one, then the
 * newest `since`, then the order of the map. A state that the order leaves out is asked last, as in the default order. What `conditional`
 * sources say of somebody's being there counts only while another source agrees that they are somewhere.
 */
export function combine(
  all: ReadonlyMap<string, SourceView>,
  order: readonly string[],
  conditional: ReadonlySet<string> = NONE,
): Decision | undefined {
  const views = countingOf(all, conditional)
  if (views.size === 0) return undefined
  for (const names of [order, DEFAULT_COMBINED_ORDER]) {
    for (const name of names) {
      const decision = isStatus(name) ? best(views, name) : sourceNamed(views, name)
      if (decision !== undefined) return decision
    }
  }
  return undefined
}

/** Without those who say "available" or "away" of a user whom nobody else sees. */
function countingOf(
  all: ReadonlyMap<string, SourceView>,
  conditional: ReadonlySet<string>,
): ReadonlyMap<string, SourceView> {
  if (conditional.size === 0) return all
  for (const [source, { status }] of all) if (!conditional.has(source) && status !== 'unavailable') return all
  const counts = ([source, { status }]: [string, SourceView]): boolean =>
    !conditional.has(source) || status === 'busy' || status === 'unavailable'
  return new Map([...all].filter(counts))
}

function sourceNamed(views: ReadonlyMap<string, SourceView>, source: string): Decision | undefined {
  const view = views.get(source)
  return view === undefined ? undefined : { source, view }
}

function best(views: ReadonlyMap<string, SourceView>, status: string): Decision | undefined {
  let found: Decision | undefined
  for (const [source, view] of views) {
    if (view.status === status && (found === undefined || beats(view, found.view))) found = { source, view }
  }
  return found
}

function beats(challenger: SourceView, holder: SourceView): boolean {
  if (challenger.stale !== holder.stale) return holder.stale
  return challenger.since > holder.since
}
