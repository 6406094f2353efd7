// The irc source: who of the followed nicks is on an IRC network, and who is away.
import type { PluginDefinition } from '../../core/plugin.ts'
import { diagnose } from './diagnose.ts'
import { type IrcOptions, ircOptions, optionAdvice, optionMistakes } from './options.ts'
import { runSession } from './run.ts'

export const irc: PluginDefinition<IrcOptions> = {
  name: 'irc',
  options: ircOptions,
  check: optionMistakes,
  advise: optionAdvice,
  diagnose,
  create: (options, context) => ({
    grace: options.grace * 1000,
    run: (session, signal) => runSession(options, context, session, signal),
  }),
}
