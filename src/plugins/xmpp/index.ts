// The xmpp source: one account on an XMPP server sees everybody's presence through its roster.
import type { PluginDefinition } from '../../core/plugin.ts'
import { diagnose } from './diagnose.ts'
import { optionAdvice, optionMistakes, type XmppOptions, xmppOptions } from './options.ts'
import { runSession } from './run.ts'

export const xmpp: PluginDefinition<XmppOptions> = {
  name: 'xmpp',
  options: xmppOptions,
  check: optionMistakes,
  advise: optionAdvice,
  diagnose,
  create: (options, context) => ({
    grace: options.grace * 1000,
    run: (session, signal) => runSession(options, context, session, signal),
  }),
}
