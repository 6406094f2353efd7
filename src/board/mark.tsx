// The sign of a state: another shape for each, so that nobody depends on its colour.
import type { ComponentChildren } from 'preact'
import type { Status } from './status.ts'

const SHAPES: Readonly<Record<Status | 'unknown', ComponentChildren>> = {
  available: (
    <>
      <circle cx="8" cy="8" r="7" class="solid" />
      <path d="M4.8 8.3 7.1 10.6 11.3 5.9" class="cut" />
    </>
  ),
  busy: (
    <>
      <rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3.6" class="solid" />
      <path d="M4.8 8h6.4" class="cut" />
    </>
  ),
  away: <path d="M10 1.3a6.9 6.9 0 1 0 4.8 9.4A5.6 5.6 0 0 1 10 1.3Z" class="solid" />,
  unavailable: <circle cx="8" cy="8" r="5.7" class="ring" />,
  unknown: <circle cx="8" cy="8" r="5.7" class="ring dotted" />,
}

/** Words stand beside it, or in its surroundings' name. */
export function Mark({ status }: { readonly status: Status | 'unknown' }) {
  return (
    <svg class="mark" data-status={status} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {SHAPES[status]}
    </svg>
  )
}
