// The rows of the list: one for each person, and a heading for each domain.
import { Avatar, signOf } from './avatar.tsx'
import { Mark } from './mark.tsx'
import { Text } from './name.tsx'
import type { Person } from './people.ts'
import type { GroupRow, PersonRow } from './rows.ts'
import { chipsOf, doubtWords } from './sections.ts'
import { peopleWords, STATUS_WORDS, STATUSES, total } from './status.ts'
import { StatusBar } from './summary.tsx'
import { shown } from './text.ts'
import { Since } from './times.tsx'

/** More chips than this would not fit; the details have all of them. */
const CHIPS = 5

export interface PlaceProps {
  /** Counted from 1, the heading of the columns included. */
  readonly rowIndex: number
  readonly top: number
  readonly height: number
}

const at = ({ top, height }: PlaceProps) => ({ transform: `translateY(${top}px)`, height: `${height}px` })

export interface GroupLineProps extends PlaceProps {
  readonly row: GroupRow
  /** The connection is lost since then, in words. */
  readonly asOf: string | undefined
}

export function GroupLine({ row, asOf, ...place }: GroupLineProps) {
  const { counts, domain } = row
  const all = total(counts)
  const words = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`)
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: headings are read, not operated.
    // biome-ignore lint/a11y/useSemanticElements: a table's own elements can't be laid out as a window on a long list.
    <div class="group" role="row" aria-rowindex={place.rowIndex} style={at(place)}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above. */}
      <div role="gridcell" aria-colspan={4} class="group-cell">
        <h2>{domain === '' ? 'Without a domain' : <Text text={domain} />}</h2>
        <span class="group-count" title={words.join(', ')}>
          {peopleWords(all)}
          <span class="unseen">: {words.join(', ')}</span>
        </span>
        {asOf === undefined ? <StatusBar counts={counts} /> : <span class="as-of">as of {asOf}</span>}
      </div>
    </div>
  )
}

export interface PersonLineProps extends PlaceProps {
  readonly row: PersonRow
  readonly now: number
  /** The one that Tab leads to. */
  readonly active: boolean
  readonly own: boolean
  readonly onOpen: (person: Person) => void
}

export function PersonLine({ row, now, active, own, onOpen, ...place }: PersonLineProps) {
  const { person } = row
  const { document, account, domain, id } = person
  const sign = signOf(document)
  const doubt = doubtWords(document)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's own elements can't be laid out as a window on a long list.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys of all its rows.
    <div
      class={`person${row.first ? ' first' : ''}${row.last ? ' last' : ''}`}
      role="row"
      aria-rowindex={place.rowIndex}
      data-key={id}
      data-status={sign}
      data-stale={document.stale || undefined}
      tabIndex={active ? 0 : -1}
      style={at(place)}
      onClick={() => onOpen(person)}
    >
      <Cell kind="who">
        <Avatar account={account} sign={sign} />
        <span class="lines">
          <span class="account" title={shown(id, 300)}>
            <Text text={account === '' ? id : account} />
            {own && <span class="you">you</span>}
            {domain !== '' && <span class="unseen"> at {shown(domain, 100)}</span>}
          </span>
          {document.message !== '' && (
            <span class="message" dir="auto" title={shown(document.message, 1000)}>
              {shown(document.message, 300)}
            </span>
          )}
        </span>
      </Cell>
      <Cell kind="sources">
        <Chips person={person} now={now} />
      </Cell>
      <Cell kind="state">
        <span class="word">{STATUS_WORDS[document.status]}</span>
        {doubt !== '' && (
          <span class="doubt" title={doubt}>
            {document.stale ? 'may be old' : doubt}
          </span>
        )}
      </Cell>
      <Cell kind="since">
        <Since time={document.since} now={now} />
      </Cell>
    </div>
  )
}

function Cell({ kind, children }: { readonly kind: string; readonly children: preact.ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the rows.
    // biome-ignore lint/a11y/useFocusableInteractive: rows have the focus, not their cells.
    <div role="gridcell" class={kind}>
      {children}
    </div>
  )
}

function Chips({ person, now }: { readonly person: Person; readonly now: number }) {
  const chips = chipsOf(person.document, now)
  const rest = chips.length - CHIPS
  return (
    <>
      {chips.slice(0, CHIPS).map(({ name, status, stale, pending, decides, spoken, words }) => (
        <span
          key={name}
          class="chip"
          data-status={status ?? 'unknown'}
          data-stale={stale || undefined}
          data-pending={pending || undefined}
          data-decides={decides || undefined}
          title={words}
        >
          <Mark status={status ?? 'unknown'} />
          <span class="source" aria-hidden="true">
            {shown(name, 24)}
          </span>
          <span class="note" aria-hidden="true">
            {stale ? 'old' : pending ? '…' : ''}
          </span>
          <span class="unseen">{spoken}. </span>
        </span>
      ))}
      {rest > 0 && <span class="more">and {rest} more</span>}
    </>
  )
}
