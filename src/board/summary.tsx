// How many people are in each state: a bar, and four numbers that are filters too.
import { useSignal } from './hooks.ts'
import type { Live } from './live.ts'
import { Mark } from './mark.tsx'
import { type Counts, peopleWords, STATUS_WORDS, STATUSES, type Status, total } from './status.ts'

/** The parts of the whole, without words: those stand beside it. */
export function StatusBar({ counts }: { readonly counts: Counts }) {
  return (
    <span class="bar" aria-hidden="true">
      {STATUSES.map((status) =>
        counts[status] === 0 ? null : <span key={status} data-status={status} style={{ flexGrow: counts[status] }} />,
      )}
    </span>
  )
}

export interface SummaryProps {
  readonly live: Live
  readonly states: ReadonlySet<Status>
  readonly onToggle: (status: Status) => void
}

export function Summary({ live, states, onToggle }: SummaryProps) {
  useSignal(live.version)
  const { counts } = live.people
  return (
    <section class="summary" aria-label={`${peopleWords(total(counts))}, by state`}>
      <StatusBar counts={counts} />
      <div class="stats">
        {STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            class="stat"
            data-status={status}
            aria-pressed={states.has(status)}
            title={states.has(status) ? 'Show the others too' : `Show only who is ${status}`}
            onClick={() => onToggle(status)}
          >
            <Mark status={status} />
            <span class="number">{counts[status].toLocaleString('en')}</span>{' '}
            <span class="word">{STATUS_WORDS[status]}</span>
          </button>
        ))}
      </div>
    </section>
  )
}
