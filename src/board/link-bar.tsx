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
        <path d="M1.5 6.2a9.6 9.6 0 0 1 13 0M4 9a6 6 0 0 1 8 0m-5.7 2.7a2.6 2.6 0 0 1 3.4 0M2.5 14.5l11-13" />
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
