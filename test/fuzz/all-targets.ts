// Every fuzz target, in the order in which they are tried.
import type { AnyTarget } from './target.ts'
import { ami } from './targets/ami.ts'
import { bodies } from './targets/bodies.ts'
import { config } from './targets/config.ts'
import { irc } from './targets/irc.ts'
import { requests } from './targets/requests.ts'
import { stanzas } from './targets/stanzas.ts'
import { tokens } from './targets/tokens.ts'

export function targets(): readonly AnyTarget[] {
  return [tokens, bodies, requests, stanzas, ami, irc, config]
}
