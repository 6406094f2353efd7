// The version of this package.
import { readFileSync } from 'node:fs'

/** As package.json says, which lies two folders above both the source and what is built of it. */
export function packageVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  if (typeof description === 'object' && description !== null && 'version' in description) {
    if (typeof description.version === 'string') return description.version
  }
  return 'unknown'
}
