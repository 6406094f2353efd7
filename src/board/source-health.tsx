// How the sources are: one sentence on the page, and all of it in a sheet.
import { useState } from 'preact/hooks'
import type { SourceDocument, SourcesDocument } from '../client/index.ts'
import { Dialog } from './dialog.tsx'
import { exactWords, sinceWords } from './durations.ts'
import { healthOf, healthSummary, type Tone } from './health.ts'
import { useNow } from './hooks.ts'
import { Text } from './name.tsx'
import { peopleWords } from './status.ts'
import { shown } from './text.ts'

function ToneMark({ tone }: { readonly tone: Tone }) {
  return (
    <svg class="tone" data-tone={tone} viewBox="0 0 16 16" aria-hidden="true">
      {tone === 'good' && <path d="m3 8.5 3.4 3.4L13 5" />}
      {tone === 'unsure' && <path d="M8 4v4.5l3 2M8 1.5a6.5 6.5 0 1 0 .1 0" />}
      {tone === 'bad' && <path d="M8 2 15 14H1ZM8 6.5v3.6M8 12v.4" />}
    </svg>
  )
}

export function SourceHealth({ document }: { readonly document: SourcesDocument | undefined }) {
  const [open, setOpen] = useState(false)
  if (document === undefined) return null
  const { tone, words } = healthSummary(document.sources)
  return (
    <>
      <button type="button" class="health" data-tone={tone} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <ToneMark tone={tone} />
        <span>
          <span class="unseen">Sources: </span>
          {shown(words, 80)}
        </span>
      </button>
      {open && (
        <Dialog title="Sources" onClose={() => setOpen(false)}>
          <p class="quiet">
            As the daemon on <Text text={document.node} /> sees them.
          </p>
          <ul class="source-list">
            {document.sources.map((source) => (
              <Source key={source.name} source={source} />
            ))}
          </ul>
        </Dialog>
      )}
    </>
  )
}

function Source({ source }: { readonly source: SourceDocument }) {
  const now = useNow()
  const { tone, words } = healthOf(source)
  const since = Date.parse(source.since)
  return (
    <li data-tone={tone}>
      <ToneMark tone={tone} />
      <div>
        <strong>
          <Text text={source.name} />
        </strong>{' '}
        <span class="tone-word">{words}</span>
        <p class="quiet">
          <time dateTime={source.since} title={`since ${exactWords(since)}`}>
            {sinceWords(now - since)}
          </time>
          {source.users !== undefined && `, ${peopleWords(source.users)}`}
        </p>
        {source.detail !== undefined && source.detail !== '' && (
          <p class="detail">
            <Text text={source.detail} limit={2000} />
          </p>
        )}
      </div>
    </li>
  )
}
