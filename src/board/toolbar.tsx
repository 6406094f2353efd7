// What narrows and orders the list: search, sources, sort.
import { useEffect, useRef } from 'preact/hooks'
import { Text } from './name.tsx'
import { SORTS, type Sort, toggled, type View } from './view.ts'

const SORT_WORDS: Readonly<Record<Sort, string>> = { name: 'Name', status: 'State', recent: 'Latest change' }

export interface ToolbarProps {
  readonly view: View
  readonly onView: (view: View) => void
  /** The sources one may choose. */
  readonly sources: readonly string[]
}

export function Toolbar({ view, onView, sources }: ToolbarProps) {
  return (
    <search class="tools">
      <SearchField search={view.search} onSearch={(search) => onView({ ...view, search })} />
      {sources.length > 1 && (
        <fieldset class="pills">
          <legend class="unseen">Only people of whom a source knows</legend>
          {sources.map((name) => (
            <button
              key={name}
              type="button"
              class="pill"
              aria-pressed={view.sources.has(name)}
              onClick={() => onView({ ...view, sources: toggled(view.sources, name) })}
            >
              <Text text={name} limit={40} />
            </button>
          ))}
        </fieldset>
      )}
      <label class="sort">
        <span>Sort</span>
        <select
          value={view.sort}
          onChange={({ currentTarget }) => {
            const sort = SORTS.find((known) => known === currentTarget.value)
            if (sort !== undefined) onView({ ...view, sort })
          }}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {SORT_WORDS[sort]}
            </option>
          ))}
        </select>
      </label>
    </search>
  )
}

interface SearchFieldProps {
  readonly search: string
  readonly onSearch: (search: string) => void
}

/** The key `/` leads to it from everywhere, Escape empties and leaves it. */
function SearchField({ search, onSearch }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null) return
      event.preventDefault()
      field.current?.select()
      field.current?.focus()
    }
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
  return (
    <div class="search">
      <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 3.5 3.5" />
      </svg>
      <input
        ref={field}
        type="search"
        value={search}
        maxLength={200}
        dir="auto"
        placeholder="Search people and messages"
        aria-label="Search people and messages"
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onSearch(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          onSearch('')
          field.current?.blur()
        }}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </div>
  )
}
