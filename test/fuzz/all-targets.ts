// Every fuzz target, in the order in which they are tried.
import type { AnyTarget } from './target.ts'
import { bodies } from './targets/bodies.ts'
import { config } from './targets/config.ts'
import { tokens } from './targets/tokens.ts'

export function targets(): readonly AnyTarget[] {
  return [tokens, bodies, config]
}
