// What is to be said of a server's certificate by its age.
import type { Finding } from '../core/finding.ts'

const DAY = 86_400_000
/** So long before its end it should have been renewed: those of Let's Encrypt are, a month before. */
const SOON = 14 * DAY

/** Undefined when it has its time. */
export function certificateFinding(end: Date | undefined, now: number): Finding | undefined {
  if (end === undefined || Number.isNaN(end.getTime())) return undefined
  const left = end.getTime() - now
  if (left > SOON) return undefined
  const days = Math.max(0, Math.floor(left / DAY))
  const text = `the server's certificate ends in ${days} ${days === 1 ? 'day' : 'days'}, on ${end.toISOString().slice(0, 10)}; renew it there`
  return { level: 'warning', text }
}
