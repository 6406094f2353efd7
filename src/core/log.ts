// What the rooms may say to the log; where the lines go is the daemon's business.

/** Facts beside the sentence, for machines. Never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean>>

/** One line per event: a sentence for a person that says what, who and what to do. */
export interface Log {
  /** Something does not work until somebody does what the sentence says. */
  error(text: string, fields?: LogFields): void
  /** Something is wrong and heals by itself, or is unwise. */
  warn(text: string, fields?: LogFields): void
  /** Rare milestones that every administrator wants to see, also at the default level: started, connected again, stopped. */
  notice(text: string, fields?: LogFields): void
  /** What happens in the ordinary course; not shown at the default level. */
  info(text: string, fields?: LogFields): void
  /** Details for whoever looks for a fault. */
  debug(text: string, fields?: LogFields): void
  /** A log whose lines begin with this name, as "xmpp: ...". */
  named(name: string): Log
}

/** The values of `log_level` by name, with the numbers that Kopano's daemons have for them. */
export const LOG_LEVEL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['critical', 1],
  ['fatal', 1],
  ['error', 2],
  ['warning', 3],
  ['warn', 3],
  ['notice', 4],
  ['info', 5],
  ['debug', 6],
])

/** For whoever doesn't listen. */
export const silentLog: Log = {
  error() {},
  warn() {},
  notice() {},
  info() {},
  debug() {},
  named: () => silentLog,
}
