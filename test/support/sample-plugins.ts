// Plugins that do nothing but declare options, for tests of the configuration.
import type { ResolvePlugin } from '../../src/config/configuration.ts'
import { integer, path, text, yesNo } from '../../src/core/options.ts'
import type { PluginDefinition } from '../../src/core/plugin.ts'

interface ChatOptions {
  readonly jid: string | undefined
  readonly password: string | undefined
  readonly user_id_strip_domain: boolean
  readonly grace: number
  readonly port: number
  readonly ca_file: string | undefined
}

function create(): never {
  throw new Error('tests of the configuration start nothing')
}

const chat: PluginDefinition<ChatOptions> = {
  name: 'xmpp',
  options: {
    jid: text<string | undefined>({ help: 'The account.', default: undefined }),
    password: text<string | undefined>({ help: 'Its password.', default: undefined, secret: true }),
    user_id_strip_domain: yesNo({ help: 'Whether the domain goes.', default: false }),
    grace: integer({ help: 'How long.', default: 60, min: 1, max: 3600, unit: 'seconds' }),
    port: integer({ help: 'Where.', default: 5222, min: 1, max: 65_535 }),
    ca_file: path<string | undefined>({ help: 'Whom to trust.', default: undefined }),
  },
  check: ({ jid, password }) => [
    ...(jid === undefined ? [{ option: 'jid', text: 'is missing; set the account' }] : []),
    ...(password === undefined ? [{ option: 'password', text: 'is missing; set the password' }] : []),
  ],
  advise: ({ grace }) => (grace < 30 ? [{ option: 'grace', text: 'should be 30 seconds or more' }] : []),
  create,
}

const web: PluginDefinition<{ readonly auto_unavailable: number }> = {
  name: 'spreed',
  options: { auto_unavailable: integer({ help: 'When.', default: 2, min: 1, max: 60, unit: 'minutes' }) },
  create,
}

const DEFINITIONS = new Map<string, PluginDefinition<unknown>>([
  [chat.name, chat as PluginDefinition<unknown>],
  [web.name, web as PluginDefinition<unknown>],
  ['manual', { name: 'manual', options: {}, create }],
])

/** Knows `xmpp`, `spreed` and `manual`; a plugin called `broken` can't be loaded. */
export const resolveSample: ResolvePlugin = (name) => {
  return name === 'broken' ? Promise.reject(new Error('it has a hole')) : Promise.resolve(DEFINITIONS.get(name))
}
