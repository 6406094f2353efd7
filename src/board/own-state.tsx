// What the signed-in person says of themself: the source `manual`, set with an end, or cleared.
import { useState } from 'preact/hooks'
import type { PresenceClient, PresenceDocument } from '../client/index.ts'
import { Avatar, signOf } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { clockWords } from './durations.ts'
import { useNow, useSignal } from './hooks.ts'
import type { Live } from './live.ts'
import { Mark } from './mark.tsx'
import { Text } from './name.tsx'
import { STATUS_WORDS, STATUSES, type Status } from './status.ts'
import { accountAndDomain } from './text.ts'
import { secondsUntil, UNTIL_CHOICES, type Until } from './until.ts'

const MESSAGE_LIMIT = 500
const UNTIL_WORDS: Readonly<Record<Until, string>> = {
  '30 minutes': '30 min',
  '1 hour': '1 hour',
  '4 hours': '4 hours',
  today: 'Today',
  'no end': 'No end set',
}

export interface OwnStateProps {
  readonly live: Live
  readonly client: PresenceClient
  readonly userId: string
  readonly announce: (words: string) => void
}

/** The button that shows how one is oneself, and opens the panel. */
export function OwnState({ live, client, userId, announce }: OwnStateProps) {
  useSignal(live.version)
  const [open, setOpen] = useState(false)
  const document = live.people.get(userId)?.document
  const status = document?.status ?? 'unavailable'
  const account = accountAndDomain(userId)[0] || userId
  return (
    <>
      <button type="button" class="own" aria-haspopup="dialog" onClick={() => setOpen(true)} title="Set your own state">
        <Avatar account={account} sign={document === undefined ? 'unavailable' : signOf(document)} />
        <span class="lines" data-status={status}>
          <span class="account">
            <span class="unseen">Set your own state: </span>
            <Text text={account} limit={60} />
          </span>
          <span class="word">{STATUS_WORDS[status]}</span>
        </span>
      </button>
      {open && (
        <Dialog title="Your own state" onClose={() => setOpen(false)}>
          <Panel
            document={document}
            save={async (section) => {
              const said = await client.set(userId, 'manual', section)
              announce(`Your state is ${STATUS_WORDS[said.status].toLowerCase()}`)
              return said
            }}
            clear={async () => {
              const said = await client.withdraw(userId, 'manual')
              announce('Your own state is cleared')
              return said
            }}
          />
        </Dialog>
      )}
    </>
  )
}

interface PanelProps {
  readonly document: PresenceDocument | undefined
  readonly save: (section: { status: Status; message: string; expiresIn?: number }) => Promise<PresenceDocument>
  readonly clear: () => Promise<PresenceDocument>
}

function Panel({ document, save, clear }: PanelProps) {
  const now = useNow()
  const manual = document?.sources.manual
  const [status, setStatus] = useState<Status>(manual?.status ?? 'busy')
  const [message, setMessage] = useState(manual?.message ?? '')
  const [until, setUntil] = useState<Until>('1 hour')
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<{ readonly words: string; readonly failed: boolean }>()
  const attempt = (work: () => Promise<string>) => {
    setBusy(true)
    setOutcome(undefined)
    work().then(
      (words) => finish({ words, failed: false }),
      (error: unknown) => finish({ words: error instanceof Error ? error.message : String(error), failed: true }),
    )
  }
  const finish = (result: { words: string; failed: boolean }) => {
    setBusy(false)
    setOutcome(result)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const seconds = secondsUntil(until, new Date())
    attempt(async () => {
      const said = await save({
        status,
        message: message.trim(),
        ...(seconds === undefined ? {} : { expiresIn: seconds }),
      })
      if (said.source === 'manual') return 'Saved. Everybody sees it now.'
      return `Saved, but you are shown as ${said.status}: this state counts only while another source sees you.`
    })
  }
  return (
    <form class="own-form" onSubmit={submit}>
      <p class="quiet">
        {manual === undefined ? (
          'Nothing is set: others see what the sources observe.'
        ) : (
          <>
            Now: <strong>{STATUS_WORDS[manual.status]}</strong>
            {manual.message !== '' && (
              <>
                , “<Text text={manual.message} />”
              </>
            )}
            {manual.expires === undefined
              ? ', without an end'
              : `, until ${clockWords(Date.parse(manual.expires), now)}`}
          </>
        )}
      </p>
      <fieldset class="choices states">
        <legend>State</legend>
        {STATUSES.map((choice) => (
          <label key={choice} data-status={choice}>
            <input type="radio" name="status" checked={status === choice} onChange={() => setStatus(choice)} />
            <Mark status={choice} />
            <span class="word">{STATUS_WORDS[choice]}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Message</span>
        <input
          type="text"
          value={message}
          maxLength={MESSAGE_LIMIT}
          dir="auto"
          placeholder="What others should know (optional)"
          onInput={({ currentTarget }) => setMessage(currentTarget.value)}
        />
      </label>
      <fieldset class="choices">
        <legend>For how long</legend>
        {UNTIL_CHOICES.map((choice) => (
          <label key={choice}>
            <input type="radio" name="until" checked={until === choice} onChange={() => setUntil(choice)} />
            <span>{UNTIL_WORDS[choice]}</span>
          </label>
        ))}
      </fieldset>
      {until === 'no end' && (
        <p class="quiet small">It ends when the daemon’s own setting says (usually after 24 hours).</p>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          Set state
        </button>
        <button
          type="button"
          disabled={busy || manual === undefined}
          onClick={() => attempt(() => clear().then(() => 'Cleared.'))}
        >
          Clear
        </button>
      </div>
      <p class="outcome" role="status" data-failed={outcome?.failed || undefined}>
        {outcome?.words}
      </p>
    </form>
  )
}
