// The levels of the log: what each of Kopano's numbers 0-6 lets through.
import { LOG_LEVEL_NUMBERS } from '../core/log.ts'

/** What a line can be, with pino's order (higher passes more easily) and the severity of syslog (RFC 5424, section 6.2.1). */
export const LINE_LEVELS = {
  debug: { order: 20, severity: 7 },
  info: { order: 30, severity: 6 },
  warning: { order: 40, severity: 4 },
  error: { order: 50, severity: 3 },
  critical: { order: 60, severity: 2 },
  // Milestones pass at every level but 0, so they come last although syslog ranks them below warnings.
  notice: { order: 70, severity: 5 },
} as const

export type LineLevel = keyof typeof LINE_LEVELS

/** The lowest kind of line that each of the numbers 0-6 shows; milestones come with all but the first. */
const THRESHOLDS = ['silent', 'critical', 'error', 'warning', 'warning', 'info', 'debug'] as const

export type Threshold = (typeof THRESHOLDS)[number]

/** What a value of `log_level` lets through: 0-6 or a name in any case. Undefined for anything else. */
export function threshold(level: number | string): Threshold | undefined {
  const number = typeof level === 'number' ? level : (LOG_LEVEL_NUMBERS.get(level.toLowerCase()) ?? digit(level))
  return number === undefined ? undefined : THRESHOLDS[number]
}

function digit(text: string): number | undefined {
  return /^\d$/.test(text) ? Number(text) : undefined
}

const BY_ORDER = new Map<number, LineLevel>(
  (Object.keys(LINE_LEVELS) as LineLevel[]).map((level) => [LINE_LEVELS[level].order, level]),
)

/** The level of a line from pino's number for it. */
export function lineLevel(order: number): LineLevel {
  return BY_ORDER.get(order) ?? 'critical'
}
