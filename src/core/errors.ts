// The errors that cross rooms: what a client may read, and what ends a collector for good.

/** A publication can't be saved now; a client should repeat it later (503). */
export class SavingError extends Error {
  override readonly name = 'SavingError'
}

/** The store can't be reached, or not be used, now; trying again may help. Its message is for the administrator. */
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError'
}

/** Clients can make no more users: `max_users` are known. */
export class TooManyUsersError extends Error {
  override readonly name = 'TooManyUsersError'

  constructor(limit: number) {
    super(`${limit} users are known already`)
  }
}

/** Trying again can't help until someone changes something (a wrong password, say). Its message is for the administrator. */
export class FatalError extends Error {
  override readonly name = 'FatalError'
}

/** A process that runs has the data folder for itself. */
export class FolderInUseError extends FatalError {}

/** Whether trying again can't help. By its name, since a plugin installed elsewhere may bring a copy of the class. */
export function isFatal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'FatalError'
}

/** A mistake in what an administrator wrote; its message names the culprit and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The text of whatever was thrown, for a log line or for the end of a sentence. Never throws, whatever a plugin has thrown. */
export function reason(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error)
    if (error.message !== '') return String(error.message)
    return 'code' in error && typeof error.code === 'string' ? error.code : String(error.name)
  } catch {
    return 'something was thrown that has no text'
  }
}
