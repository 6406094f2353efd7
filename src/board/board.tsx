// The board itself: summary, tools and the list, and what belongs to the person who is signed in.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PresenceClient, SourcesDocument } from '../client/index.ts'
import { Details } from './details.tsx'
import { useInterval, useSignal } from './hooks.ts'
import { LinkBar } from './link-bar.tsx'
import type { Live } from './live.ts'
import { OwnState } from './own-state.tsx'
import { PeopleList } from './people-list.tsx'
import { LONGEST_LIST, rowsOf } from './rows.ts'
import type { SignedIn } from './session.ts'
import { Brand } from './sign-in.tsx'
import { SourceHealth } from './source-health.tsx'
import { peopleWords } from './status.ts'
import { Summary } from './summary.tsx'
import { Toolbar } from './toolbar.tsx'
import { EVERYTHING, isNarrowed, queryOf, toggled, type View, viewOf } from './view.ts'

export interface BoardProps {
  readonly live: Live
  readonly client: PresenceClient
  readonly who: SignedIn
  readonly onSignOut: () => void
}

/** How often the sources are asked for, in milliseconds. */
const SOURCES_EVERY = 10_000

export function Board({ live, client, who, onSignOut }: BoardProps) {
  const [view, setView] = useState(() => viewOf(location.search))
  const [open, setOpen] = useState<string>()
  const [announced, setAnnounced] = useState('')
  const sources = useSources(client, live)
  const { userId, readOnly } = who
  const maySet = userId !== null && !readOnly && sources?.sources.some(({ name }) => name === 'manual') === true
  const choose = useCallback((next: View) => {
    setView(next)
    try {
      history.replaceState(history.state, '', `${location.pathname}${queryOf(next, location.search)}`)
    } catch {
      // Some browsers allow only so many changes in a time; the view counts without its address.
    }
  }, [])
  return (
    <>
      <LinkBar live={live} announce={setAnnounced} />
      <header class="top">
        <Brand />
        <SourceHealth document={sources} />
        {maySet && <OwnState live={live} client={client} userId={userId} announce={setAnnounced} />}
        <button type="button" class="quiet-button" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <main>
        <Summary
          live={live}
          states={view.states}
          onToggle={(status) => choose({ ...view, states: toggled(view.states, status) })}
        />
        <People
          live={live}
          view={view}
          onView={choose}
          sources={sources}
          ownId={userId}
          onOpen={setOpen}
          announce={setAnnounced}
        />
      </main>
      {open !== undefined && <Details live={live} id={open} onClose={() => setOpen(undefined)} />}
      <p class="unseen" role="status" aria-live="polite">
        {announced}
      </p>
    </>
  )
}

interface PeopleProps {
  readonly live: Live
  readonly view: View
  readonly onView: (view: View) => void
  readonly sources: SourcesDocument | undefined
  readonly ownId: string | null
  readonly onOpen: (id: string) => void
  readonly announce: (words: string) => void
}

function People({ live, view, onView, sources, ownId, onOpen, announce }: PeopleProps) {
  const version = useSignal(live.version)
  const { state } = useSignal(live.link)
  const { people } = live
  // The version stands for what people are, which change in place.
  const found = useMemo(() => rowsOf(people.ordered(), view), [version, view])
  const names = [...new Set([...(sources?.sources.map(({ name }) => name) ?? []), ...people.sources, ...view.sources])]
  const narrowed = isNarrowed(view)
  useAnnouncedCount(narrowed, found.matched, view, announce)
  return (
    <>
      <div class="tools-bar">
        <Toolbar view={view} onView={onView} sources={names} />
      </div>
      {people.size > 0 && (
        <p class="matched">
          {narrowed && `${found.matched.toLocaleString('en')} of `}
          {peopleWords(people.size)}
          {narrowed && (
            <button type="button" class="quiet-button" onClick={() => onView({ ...EVERYTHING, sort: view.sort })}>
              Show everybody
            </button>
          )}
        </p>
      )}
      {found.matched === 0 ? (
        <p class="nobody">{nobodyWords(state === 'connecting', narrowed)}</p>
      ) : (
        <PeopleList live={live} found={found} ownId={ownId} onOpen={({ id }) => onOpen(id)} />
      )}
      {found.matched > LONGEST_LIST && <p class="matched">There are more; the search finds them.</p>}
    </>
  )
}

function nobodyWords(connecting: boolean, narrowed: boolean): string {
  if (connecting) return 'Asking who is there …'
  return narrowed
    ? 'Nobody fits this search.'
    : 'Nobody is known yet. People appear here as soon as a source tells of them.'
}

/** Tells how many were found, once the reader has stopped typing. */
function useAnnouncedCount(narrowed: boolean, matched: number, view: View, announce: (words: string) => void): void {
  const count = useRef(matched)
  count.current = matched
  // Only a new view is worth telling, not every change of people.
  useEffect(() => {
    if (!narrowed) return undefined
    const timer = setTimeout(() => announce(`${peopleWords(count.current)} found`), 700)
    return () => clearTimeout(timer)
  }, [view])
}

function useSources(client: PresenceClient, live: Live): SourcesDocument | undefined {
  const [sources, setSources] = useState<SourcesDocument>()
  const { state } = useSignal(live.link)
  const ask = useCallback(() => {
    // Why it fails is told by the mark of the lost connection.
    client.sources().then(setSources, () => undefined)
  }, [client])
  // Asked anew after each reconnect.
  useEffect(ask, [ask, state])
  useInterval(ask, SOURCES_EVERY)
  return sources
}
