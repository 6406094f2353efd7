// The addresses of users and their sections, relative to the daemon's.

/** Throws TypeError for an id that no address can hold. */
export function userPath(userId: string): string {
  return `v1/users/${step('user id', userId)}`
}

/** What one source, or one session of it, says of a user. */
export function sectionPath(userId: string, source: string, session?: string): string {
  const query = session === undefined ? '' : `?session=${encodeURIComponent(session)}`
  return `${userPath(userId)}/${step('source', source)}${query}`
}

function step(what: string, text: string): string {
  // Every URL parser takes these two for steps of the path, encoded or not.
  if (text === '.' || text === '..') throw new TypeError(`The ${what} "${text}" can't stand in a URL.`)
  return encodeURIComponent(text)
}
