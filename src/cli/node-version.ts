// Whether this Node.js is new enough. Old ones have to understand this file as well, so it imports nothing.

/** A sentence with the remedy, or undefined when all is well. The version is as in `process.versions.node`. */
export function nodeMistake(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return undefined
  return `kopano-presence needs Node.js 20.19 or later, and this is ${version}. Debian 13 has a newer one; for Debian 12 take one from https://deb.nodesource.com, elsewhere from https://nodejs.org.`
}
