// One rule of the contract of plugins, as something that any test runner can run.

/** One rule that a plugin has to keep, for any test runner. */
export interface PluginCheck {
  /** The rule, as the end of a sentence that begins with the plugin's name. */
  readonly name: string
  /** Resolves when it is kept; rejects with an error that says what was wrong. */
  run(): Promise<void>
}
