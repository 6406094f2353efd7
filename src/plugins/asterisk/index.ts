// The asterisk source: the manager interface of a telephone system tells who is on the phone, who is away, and whose phone is off.
import type { PluginDefinition } from '../../core/plugin.ts'
import { diagnose } from './diagnose.ts'
import { type AsteriskOptions, asteriskOptions, optionAdvice, optionMistakes } from './options.ts'
import { runSession } from './run.ts'

export const asterisk: PluginDefinition<AsteriskOptions> = {
  name: 'asterisk',
  options: asteriskOptions,
  check: optionMistakes,
  advise: optionAdvice,
  diagnose,
  create: (options, context) => ({
    grace: options.grace * 1000,
    run: (session, signal) => runSession(options, context, session, signal),
  }),
}
