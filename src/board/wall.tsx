// The wall mode: everybody who is there, large enough for the other side of the room, without anything to operate.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Avatar, signOf } from './avatar.tsx'
import { clockWords } from './durations.ts'
import { useNow, useSignal } from './hooks.ts'
import type { Live } from './live.ts'
import { Mark } from './mark.tsx'
import { Text } from './name.tsx'
import type { Person } from './people.ts'
import { rowsOf } from './rows.ts'
import { peopleWords, STATUS_WORDS, STATUSES } from './status.ts'
import { StatusBar } from './summary.tsx'
import { shown } from './text.ts'
import { Since } from './times.tsx'
import { viewOf } from './view.ts'
import { TILE, type WallGroup, type WallPlan, wallPlan } from './wall-layout.ts'

/** How long each page stands when not everybody fits, in milliseconds. */
const PAGE_TIME = 12_000

export function Wall({ live }: { readonly live: Live }) {
  const version = useSignal(live.version)
  const link = useSignal(live.link)
  const now = useNow()
  const room = useRef<HTMLElement>(null)
  const size = useSize(room)
  const { people } = live
  // The version stands for what people are, which change in place.
  const groups = useMemo(() => presentByDomain(people.ordered()), [version])
  const plan = useMemo(() => wallPlan(groups, size.width, size.height), [groups, size])
  const turn = useTurn(plan.pages.length)
  const { counts } = people
  const page = plan.pages[turn] ?? []
  return (
    <div class="wall">
      <header class="wall-head">
        <div class="wall-stats">
          {STATUSES.map((status) => (
            <p key={status} data-status={status}>
              <Mark status={status} />
              <span class="number">{counts[status].toLocaleString('en')}</span>
              <span class="word">{STATUS_WORDS[status]}</span>
            </p>
          ))}
        </div>
        <time class="wall-clock">{clockWords(now, now)}</time>
      </header>
      <StatusBar counts={counts} />
      <main ref={room} class="wall-room">
        <Page page={page} plan={plan} now={now} />
        {page.length === 0 && (
          <p class="wall-nobody">{link.state === 'connecting' ? 'Asking who is there …' : 'Nobody is here.'}</p>
        )}
      </main>
      <footer class="wall-foot">
        {link.state === 'lost' ? (
          <p class="wall-lost" role="alert">
            Connection lost since {clockWords(link.since, now)}: this may be old
          </p>
        ) : (
          <p>{counts.unavailable === 0 ? '' : `Not shown: ${peopleWords(counts.unavailable)} unavailable`}</p>
        )}
        {plan.pages.length > 1 && (
          <p>
            Page {turn + 1} of {plan.pages.length}
          </p>
        )}
      </footer>
    </div>
  )
}

interface PageProps {
  readonly page: ReadonlyArray<WallGroup<Person>>
  readonly plan: WallPlan<Person>
  readonly now: number
}

function Page({ page, plan, now }: PageProps) {
  return (
    <div class="wall-page" style={{ '--scale': String(plan.scale), '--columns': String(plan.columns) }}>
      {page.map(({ domain, members }) => (
        <section key={domain} aria-label={domain === '' ? 'Without a domain' : shown(domain, 100)}>
          <h2 style={{ height: `${TILE.heading * plan.scale}px` }}>
            {domain === '' ? 'Without a domain' : <Text text={domain} />}
          </h2>
          <ul>
            {members.map((person) => (
              <Tile key={person.id} person={person} now={now} height={TILE.height * plan.scale} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function Tile({ person, now, height }: { readonly person: Person; readonly now: number; readonly height: number }) {
  const { document, account, id } = person
  const { message, status, since, stale } = document
  return (
    <li style={{ height: `${height}px` }}>
      <div class="tile" data-status={status} data-stale={stale || undefined}>
        <Avatar account={account === '' ? id : account} sign={signOf(document)} />
        <span class="lines">
          <span class="account">
            <Text text={account === '' ? id : account} limit={80} />
          </span>
          <span class="line">
            <span class="word">{STATUS_WORDS[status]}</span>{' '}
            {stale ? <span class="doubt">may be old</span> : <Since time={since} now={now} />}
          </span>
          {message !== '' && (
            <span class="message" dir="auto">
              {shown(message, 200)}
            </span>
          )}
        </span>
      </div>
    </li>
  )
}

function presentByDomain(people: readonly Person[]): ReadonlyArray<WallGroup<Person>> {
  const groups = new Map<string, Person[]>()
  const view = { ...viewOf(location.search), sort: 'name' as const }
  for (const row of rowsOf(people, view).rows) {
    if (row.kind === 'group' || row.person.document.status === 'unavailable') continue
    const group = groups.get(row.person.domain)
    if (group === undefined) groups.set(row.person.domain, [row.person])
    else group.push(row.person)
  }
  return [...groups].map(([domain, members]) => ({ domain, members }))
}

function useSize(element: { readonly current: HTMLElement | null }) {
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    if (element.current === null) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return size
}

/** Which page's turn it is. */
function useTurn(pages: number): number {
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (pages <= 1) return undefined
    const timer = setInterval(() => setTurn((last) => last + 1), PAGE_TIME)
    return () => clearInterval(timer)
  }, [pages])
  return pages === 0 ? 0 : turn % pages
}
