// The list of people: only the rows in sight exist, whatever its length; arrow keys move between rows, Enter opens one.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { clockWords } from './durations.ts'
import { useMedia, useNow, useSignal } from './hooks.ts'
import type { Live } from './live.ts'
import type { Person } from './people.ts'
import { GroupLine, PersonLine } from './person-row.tsx'
import { personAfter } from './row-keys.ts'
import type { Row, Rows } from './rows.ts'
import { listHeight, offsetsOf, type Span, scrollTo, spanOf } from './window.ts'

/** Heights of rows in rem, as the style sheet lays them out: on wide pages, and on narrow ones. */
const WIDE = { group: 3.5, person: 3.75 }
const NARROW = { group: 3.25, person: 5.75 }

export interface PeopleListProps {
  readonly live: Live
  readonly found: Rows
  readonly ownId: string | null
  readonly onOpen: (person: Person) => void
}

export function PeopleList({ live, found: { rows }, ownId, onOpen }: PeopleListProps) {
  const now = useNow()
  const link = useSignal(live.link)
  const list = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<string>()
  const heights = useHeights()
  const offsets = useMemo(() => offsetsOf(rows, ({ kind }) => heights[kind]), [rows, heights])
  const span = useSpan(list, offsets)
  const wanted = rows.findIndex((row) => row.kind === 'person' && row.key === active)
  const activeIndex = wanted === -1 ? rows.findIndex(({ kind }) => kind === 'person') : wanted
  const hadFocus = useRef(false)
  // Rows that change places may lose the focus on the way.
  useLayoutEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) focusRow(list.current, active)
  })
  const move = (index: number | undefined) => {
    const row = index === undefined ? undefined : rows[index]
    if (row === undefined || index === undefined || list.current === null) return
    const { top } = list.current.getBoundingClientRect()
    const covered = document.querySelector('.tools-bar')?.getBoundingClientRect().height ?? 0
    scrollBy({ top: scrollTo(offsets, index, covered + 8 - top, innerHeight - 16 - top), behavior: 'instant' })
    setActive(row.key)
    hadFocus.current = true
    // The row may only come into being with this change.
    requestAnimationFrame(() => focusRow(list.current, row.key))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[activeIndex]
    if (event.ctrlKey || event.metaKey || event.altKey || row === undefined) return
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      if (row.kind === 'person') onOpen(row.person)
      return
    }
    const next = personAfter(rows, activeIndex, event.key, pageOf(heights.person))
    if (next === undefined) return
    event.preventDefault()
    move(next)
  }
  const asOf = link.state === 'lost' ? clockWords(link.since, now) : undefined
  const line = (index: number) => {
    const row = rows[index]
    if (row === undefined) return null
    const top = offsets[index] ?? 0
    const place = { rowIndex: index + 2, top, height: heights[row.kind] }
    if (row.kind === 'group') return <GroupLine key={row.key} row={row} asOf={asOf} {...place} />
    const own = row.key === ownId
    return (
      <PersonLine
        key={row.key}
        row={row}
        now={now}
        active={index === activeIndex}
        own={own}
        onOpen={onOpen}
        {...place}
      />
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's own elements can't be laid out as a window on a long list.
    <div
      ref={list}
      class="people"
      role="grid"
      aria-label="People"
      aria-readonly="true"
      aria-rowcount={rows.length + 1}
      aria-colcount={4}
      style={{ height: `${listHeight(offsets)}px` }}
      onKeyDown={onKeyDown}
      onFocusIn={({ target }) => {
        hadFocus.current = true
        if (target instanceof HTMLElement && target.dataset.key !== undefined) setActive(target.dataset.key)
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget !== null) hadFocus.current = false
      }}
    >
      <ColumnHeads />
      {linesOf(span, activeIndex, rows).map(line)}
    </div>
  )
}

/** Those in sight, and the one with the focus wherever it is. */
function linesOf({ from, to }: Span, active: number, rows: readonly Row[]): readonly number[] {
  const lines = Array.from({ length: Math.max(0, Math.min(to, rows.length) - from) }, (_, index) => from + index)
  if (active === -1 || (active >= from && active < to)) return lines
  return active < from ? [active, ...lines] : [...lines, active]
}

function ColumnHeads() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid.
    // biome-ignore lint/a11y/useFocusableInteractive: as the grid.
    <div role="row" aria-rowindex={1} class="unseen">
      {['Person', 'Sources', 'State', 'Since'].map((title) => (
        // biome-ignore lint/a11y/useSemanticElements: as the grid.
        // biome-ignore lint/a11y/useFocusableInteractive: as the grid.
        <span key={title} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  )
}

function focusRow(list: HTMLElement | null, key: string | undefined): void {
  const row = [...(list?.children ?? [])].find((child) => child instanceof HTMLElement && child.dataset.key === key)
  if (row instanceof HTMLElement) row.focus({ preventScroll: true })
}

function pageOf(height: number): number {
  return Math.max(1, Math.floor(innerHeight / height) - 3)
}

/** In pixels; they follow the size of text that the reader has chosen. */
function useHeights() {
  const narrow = useMedia('(max-width: 45rem)')
  return useMemo(() => {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
    const { group, person } = narrow ? NARROW : WIDE
    return { group: Math.round(group * rem), person: Math.round(person * rem) }
  }, [narrow])
}

/** The rows in sight, followed while the page scrolls or changes its size. */
function useSpan(list: { readonly current: HTMLElement | null }, offsets: Float64Array): Span {
  const [span, setSpan] = useState<Span>({ from: 0, to: 0 })
  const look = () => {
    const top = list.current?.getBoundingClientRect().top ?? 0
    const next = spanOf(offsets, -top, innerHeight - top)
    setSpan((last) => (last.from === next.from && last.to === next.to ? last : next))
  }
  useLayoutEffect(look, [offsets])
  useEffect(() => {
    let framed = 0
    const follow = () => {
      if (framed === 0) {
        framed = requestAnimationFrame(() => {
          framed = 0
          look()
        })
      }
    }
    addEventListener('scroll', follow, { passive: true })
    addEventListener('resize', follow)
    return () => {
      cancelAnimationFrame(framed)
      removeEventListener('scroll', follow)
      removeEventListener('resize', follow)
    }
  }, [offsets])
  return span
}
