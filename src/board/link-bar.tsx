// The mark that the connection is lost: since when, and that it comes back by itself.
import { useEffect } from 'preact/hooks'
import { clockWords } from './durations.ts'
import { useNow, useSignal } from './hooks.ts'
import type { Live } from './live.ts'

export interface LinkBarProps {
  readonly live: Live
  readonly announce: (words: string) => void
}

export function LinkBar({ live, announce }: LinkBarProps) {
  const now = useNow()
  const link = useSignal(live.link)
  const lost = link.state === 'lost'
  useEffect(() => {
    if (!lost) return undefined
    announce('The connection is lost. What you see may be old.')
    document.documentElement.dataset.link = 'lost'
    return () => {
      announce('Connected again.')
      delete document.documentElement.dataset.link
    }
  }, [lost, announce])
  if (!lost) return null
  return (
    <div class="link-bar" title={link.reason}>
      <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
        <path d="M2 2l12 12M1.5 6.5A9.5 9.5 0 0 1 5 4.2m6 0a9.5 9.5 0 0 1 3.5 2.3M4 9.2a6 6 0 0 1 2.6-1.6M8 12.5v.1" />
      </svg>
      <p>
        <strong>Connection lost</strong> since {clockWords(link.since, now)}. What you see may be old; trying again by
        itself.
      </p>
      <button type="button" onClick={() => live.start()}>
        Try now
      </button>
    </div>
  )
}
