// What the xmpp plugin's README tells administrators to write, so that the tests run exactly those lines.
import { readFileSync } from 'node:fs'

const README = new URL('../../src/plugins/xmpp/README.md', import.meta.url)

/** The folder of the Prosody module in this checkout. */
export const PROSODY_MODULES = new URL('../../src/plugins/xmpp/prosody', import.meta.url).pathname

/** The README's domain, and the folder in which it supposes the module. */
const EXAMPLE_DOMAIN = 'example.com'
const INSTALLED_MODULES = '/usr/lib/node_modules/kopano-presence/dist/plugins/xmpp/prosody'

/**
 * The fenced blocks in that language under the section with this title, joined, for another domain. Throws when there is none: a
 * README that was rearranged must not leave a server without its lines.
 */
export function readmeBlock(title: 'Prosody' | 'ejabberd', language: 'lua' | 'yaml' | 'sh', domain: string): string {
  const section = new RegExp(`^#+ ${title}$(.*?)(?=^##? |^### |(?![\\s\\S]))`, 'ms').exec(
    readFileSync(README, 'utf8'),
  )?.[1]
  const blocks = [...(section ?? '').matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))]
  if (blocks.length === 0) throw new Error(`${README.pathname}: no ${language} block under "${title}"`)
  return blocks
    .map((block) => block[1] ?? '')
    .join('\n')
    .replaceAll(EXAMPLE_DOMAIN, domain)
    .replaceAll(INSTALLED_MODULES, PROSODY_MODULES)
}
