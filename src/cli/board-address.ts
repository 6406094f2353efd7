// Links to the status board: its address, and a code that only the browser ever reads.

/**
 * Where people find the board of a daemon that answers at this address, unless its configuration names a public one. Undefined when it
 * answers on a Unix socket alone.
 */
export function boardAddress(publicUrl: string | undefined, daemonUrl: string | undefined): string | undefined {
  if (publicUrl !== undefined || daemonUrl === undefined) return publicUrl
  return new URL('board/', daemonUrl.endsWith('/') ? daemonUrl : `${daemonUrl}/`).href
}

/** What follows the `#` is sent to no server, so no log on the way can keep it. */
export function boardLink(address: string, code: string): string {
  return `${address}#code=${code}`
}
