// Opens the daemon's log: levels and serialisation by pino, to a file, stderr or syslog.
import { pino } from 'pino'
import { type Clock, systemClock } from '../core/clock.ts'
import { FatalError, reason } from '../core/errors.ts'
import type { Log, LogFields } from '../core/log.ts'
import { isJournal } from './journal.ts'
import { LineWriter, type LogFormat } from './line-writer.ts'
import { boundedFields, boundedName, boundedText } from './log-bounds.ts'
import { fileSink } from './log-file.ts'
import { LINE_LEVELS, type LineLevel, type Threshold, threshold } from './log-levels.ts'
import { syslogSink } from './syslog.ts'

export interface LogSettings {
  readonly log_method: 'file' | 'syslog'
  /** 0-6 or a name: none, critical, error, warning, notice, info, debug. */
  readonly log_level: number | string
  /** A path, or `-` for stderr. */
  readonly log_file: string
  readonly log_timestamp: boolean
  /** `text` (default) for people, `json` for machines. */
  readonly log_format?: LogFormat
}

export interface OpenLog {
  readonly log: Log
  /** Opens the destination anew: after logrotate (SIGHUP), or when the account changed. Where it can't, it says so and goes on with the old one. */
  reopen(): void
  /** Takes another `log_level` from now on, for every named log too. */
  setLevel(level: number | string): void
  /** Resolves when the last line has arrived. Later lines are dropped. */
  close(): Promise<void>
}

type Logger = pino.Logger<LineLevel, true>

/** Opens the log. Throws FatalError, for the administrator, when its destination can't be opened. */
export function openLog(settings: LogSettings, clock: Clock = systemClock()): OpenLog {
  const level = requireThreshold(settings.log_level)
  const toJournal =
    settings.log_method === 'file' &&
    settings.log_file === '-' &&
    isJournal(process.env.JOURNAL_STREAM, process.stderr.fd)
  const sink = settings.log_method === 'syslog' ? syslogSink(clock) : fileSink(settings.log_file, toJournal)
  const logger = pino<LineLevel, true>(
    {
      level,
      customLevels: orders(),
      useOnlyCustomLevels: true,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      // Syslog and the journal date their lines themselves.
      timestamp:
        settings.log_timestamp && settings.log_method === 'file' && !toJournal
          ? () => `,"time":"${new Date(clock.wall()).toISOString()}"`
          : false,
    },
    new LineWriter(sink, settings.log_format ?? 'text'),
  )
  const log = face(logger, undefined)
  return {
    log,
    reopen() {
      try {
        sink.reopen()
      } catch (error) {
        log.error(reason(error))
      }
    },
    setLevel(next) {
      logger.level = requireThreshold(next)
    },
    close: () => sink.close(),
  }
}

function requireThreshold(level: number | string): Threshold {
  const found = threshold(level)
  if (found === undefined)
    throw new FatalError(`log_level ${level} is unknown; it must be 0 to 6, or a name such as warning.`)
  return found
}

function orders(): Record<LineLevel, number> {
  const { debug, info, warning, error, critical, notice } = LINE_LEVELS
  return {
    debug: debug.order,
    info: info.order,
    warning: warning.order,
    error: error.order,
    critical: critical.order,
    notice: notice.order,
  }
}

function face(logger: Logger, name: string | undefined): Log {
  // A field can't take the place of the name, so the name comes last.
  const merge = (fields: LogFields | undefined) => ({
    ...(fields && boundedFields(fields)),
    ...(name !== undefined && { name }),
  })
  const say = (level: LineLevel) => (text: string, fields?: LogFields) => {
    logger[level](merge(fields), boundedText(String(text)))
  }
  return {
    error: say('error'),
    warn: say('warning'),
    notice: say('notice'),
    info: say('info'),
    debug: say('debug'),
    named: (inner) => face(logger, boundedName(name === undefined ? inner : `${name}: ${inner}`)),
  }
}
