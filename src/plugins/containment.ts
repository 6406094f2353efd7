// Keeps what a collector's code throws out of turn (from a timer, a socket, a forgotten promise) from ending the daemon.
import { AsyncLocalStorage } from 'node:async_hooks'

/** Told of what was thrown. */
export type Blamed = (error: unknown) => void

/** Whose code runs, through all that it has begun: timers, sockets, promises. */
const culprit = new AsyncLocalStorage<Blamed | undefined>()

/** Runs what belongs to a collector; what it throws out of turn, then or later, comes to `blamed`. */
export function contain<Result>(blamed: Blamed, action: () => Result): Result {
  return culprit.run(blamed, action)
}

/** Runs what belongs to the daemon although a collector's code calls it: its faults are the daemon's own. */
export function outside<Result>(action: () => Result): Result {
  return culprit.run(undefined, action)
}

/** From now on the process survives what collectors throw out of turn; whatever else is thrown ends it, as ever. */
export function installContainment(): void {
  if (process.listeners('uncaughtException').includes(attribute)) return
  process.on('uncaughtException', attribute)
  process.on('unhandledRejection', attribute)
}

function attribute(error: unknown): void {
  const blamed = culprit.getStore()
  // Thrown in a listener of these events it ends the process, with Node's own report of where it came from.
  if (blamed === undefined) throw error
  blamed(error)
}
