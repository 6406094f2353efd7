// What the xmpp plugin's README tells administrators to write, so that the tests run exactly those lines.
import { readFileSync } from 'node:fs'
import { blocks } from './markdown.ts'

export const XMPP_README = readFileSync(new URL('../../src/plugins/xmpp/README.md', import.meta.url), 'utf8')

/** The folder of the Prosody module in this checkout. */
export const PROSODY_MODULES = new URL('../../src/plugins/xmpp/prosody', import.meta.url).pathname

/** The README's domain, and the folder in which it supposes the module. */
const EXAMPLE_DOMAIN = 'example.com'
const INSTALLED_MODULES = '/usr/lib/node_modules/kopano-presence/dist/plugins/xmpp/prosody'

/** The text under the heading with this title, up to the next heading. */
export function section(title: string): string {
  const parts = XMPP_README.split(/^#+ (.*)$/m)
  const index = parts.indexOf(title)
  if (index < 0) throw new Error(`the README of the xmpp plugin has no section "${title}"`)
  return parts[index + 1] ?? ''
}

/**
 * The one fenced block in that language in a section, for another domain. Throws when there is none: a README that was
 * rearranged must not leave a server without its lines.
 */
export function readmeBlock(title: string, language: 'ini' | 'lua' | 'yaml' | 'sh', domain: string): string {
  const [block, ...more] = blocks(section(title), language)
  if (block === undefined || more.length > 0) {
    throw new Error(`the README of the xmpp plugin must have one ${language} block under "${title}"`)
  }
  return block.replaceAll(EXAMPLE_DOMAIN, domain).replaceAll(INSTALLED_MODULES, PROSODY_MODULES)
}
