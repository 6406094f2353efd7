// A log that a test can look into.
import type { Log, LogFields } from '../../src/core/log.ts'

export interface RecordedLine {
  readonly level: 'error' | 'warn' | 'notice' | 'info' | 'debug'
  readonly name: string
  readonly text: string
  readonly fields: LogFields
}

export interface RecordedLog extends Log {
  readonly lines: readonly RecordedLine[]
}

/** Keeps every line of the log and of all logs named after it. */
export function recordedLog(lines: RecordedLine[] = [], name = ''): RecordedLog {
  const record =
    (level: RecordedLine['level']) =>
    (text: string, fields: LogFields = {}) => {
      lines.push({ level, name, text, fields })
    }
  return {
    lines,
    error: record('error'),
    warn: record('warn'),
    notice: record('notice'),
    info: record('info'),
    debug: record('debug'),
    named: (inner) => recordedLog(lines, inner),
  }
}
