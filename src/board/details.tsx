// Everything known of one person: the combined status and why, and what each source says.
import type { PresenceDocument, SectionDocument } from '../client/index.ts'
import { Avatar, signOf } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { agoWords, aheadWords, exactWords } from './durations.ts'
import { useNow, useSignal } from './hooks.ts'
import type { Live } from './live.ts'
import { Mark } from './mark.tsx'
import { Text } from './name.tsx'
import { doubtWords } from './sections.ts'
import { STATUS_WORDS } from './status.ts'
import { accountAndDomain } from './text.ts'
import { Since } from './times.tsx'

export interface DetailsProps {
  readonly live: Live
  readonly id: string
  readonly onClose: () => void
}

/** It follows the changes while it is open. */
export function Details({ live, id, onClose }: DetailsProps) {
  useSignal(live.version)
  const document = live.people.get(id)?.document
  const [account, domain] = accountAndDomain(id)
  return (
    <Dialog title={<Text text={id} limit={1100} />} onClose={onClose}>
      {document === undefined ? (
        <p class="quiet">Nothing is known of this person any more.</p>
      ) : (
        <Known document={document} account={account === '' ? domain : account} />
      )}
    </Dialog>
  )
}

function Known({ document, account }: { readonly document: PresenceDocument; readonly account: string }) {
  const now = useNow()
  const { status, message, source, since, pending, sources } = document
  const doubt = doubtWords(document)
  const unheard = pending.filter((name) => !Object.hasOwn(sources, name))
  return (
    <>
      <div class="combined" data-status={signOf(document)}>
        <Avatar account={account} sign={signOf(document)} />
        <p>
          <strong class="word">{STATUS_WORDS[status]}</strong> <Since time={since} now={now} long />
          {source !== null && (
            <span class="quiet">
              {' '}
              because of <Text text={source} />
            </span>
          )}
          {doubt !== '' && <span class="doubt">{doubt}</span>}
        </p>
      </div>
      {message !== '' && (
        <p class="full-message" dir="auto">
          <Text text={message} limit={10_000} />
        </p>
      )}
      <h3>What each source says</h3>
      <ul class="sections">
        {Object.entries(sources).map(([name, section]) => (
          <Section key={name} name={name} section={section} now={now} decides={name === source} />
        ))}
        {unheard.map((name) => (
          <li key={name} data-status="unknown">
            <Mark status="unknown" />
            <div>
              <strong>
                <Text text={name} />
              </strong>{' '}
              <span class="word">not heard yet</span>
              <p class="quiet">This source has not told of everybody since the daemon’s start.</p>
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

interface SectionProps {
  readonly name: string
  readonly section: SectionDocument
  readonly now: number
  readonly decides: boolean
}

function Section({ name, section, now, decides }: SectionProps) {
  const { status, message, since, updated, expires, stale } = section
  return (
    <li data-status={status} data-stale={stale || undefined}>
      <Mark status={status} />
      <div>
        <strong>
          <Text text={name} />
        </strong>{' '}
        <span class="word">{STATUS_WORDS[status]}</span>
        {decides && <span class="tag">this counts</span>}
        {stale === true && <span class="tag warn">may be old: connection lost</span>}
        {message !== '' && (
          <p class="full-message" dir="auto">
            <Text text={message} limit={10_000} />
          </p>
        )}
        <dl>
          <Moment label="since" time={since} words={(time) => agoWords(now - time)} />
          <Moment label="updated" time={updated} words={(time) => agoWords(now - time)} />
          {expires !== undefined && <Moment label="expires" time={expires} words={(time) => aheadWords(time - now)} />}
        </dl>
      </div>
    </li>
  )
}

interface MomentProps {
  readonly label: string
  readonly time: string
  readonly words: (time: number) => string
}

function Moment({ label, time, words }: MomentProps) {
  const at = Date.parse(time)
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <time dateTime={time} title={exactWords(at)}>
          {words(at)}
        </time>{' '}
        <span class="quiet">{exactWords(at)}</span>
      </dd>
    </div>
  )
}
