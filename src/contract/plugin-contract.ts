// What every plugin has to keep, as checks that any test runner can run.
import type { PluginDefinition } from '../core/plugin.ts'
import { type CollectorStage, collectorChecks } from './collector-checks.ts'
import { diagnosisChecks } from './diagnosis-checks.ts'
import { optionChecks } from './option-checks.ts'
import type { PluginCheck } from './plugin-check.ts'
import { publishableChecks } from './publishable-checks.ts'

/** Where a plugin is tried. */
export type PluginStage<Options> =
  /** A collector: each call makes a system of its own for it to observe. */
  | { readonly system: () => Promise<CollectorStage<Options>> }
  /** A publishable source, with these options. */
  | { readonly options: Options }

/**
 * The contract of plugins: `for (const { name, run } of pluginContract(definition, stage)) test(name, run)` with the `test` of
 * node:test, or that of another runner. A collector is tried on systems that the stage makes, real ones if that can be.
 */
export function pluginContract<Options>(
  definition: PluginDefinition<Options>,
  stage: PluginStage<Options>,
): readonly PluginCheck[] {
  const more =
    'system' in stage
      ? [...collectorChecks(definition, stage.system), ...diagnosisChecks(definition, stage.system)]
      : publishableChecks(definition, stage.options)
  return [...optionChecks(definition), ...more]
}
