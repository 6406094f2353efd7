// Which presence.cfg a command goes by, and what counts where there is none.
import { join } from 'node:path'
import { findDefaultFile } from '../config/config-file.ts'
import { type Configuration, loadConfiguration, type Settings } from '../config/configuration.ts'
import { Credentials } from '../config/credentials.ts'
import type { CommandContext } from './context.ts'

export interface ChosenFile {
  /** Undefined when there is none, neither named nor in its usual place. */
  readonly file: string | undefined
  readonly defaults: Partial<Settings>
}

/** The file named by -C, else the one in the usual place, else none: then everything stays in the folder of the command. */
export async function chooseFile(named: string | undefined, context: CommandContext): Promise<ChosenFile> {
  const file = named ?? (await findDefaultFile(context.environment))
  return { file, defaults: file === undefined ? trialDefaults(context.folder) : {} }
}

/** Settings for a machine with no configuration: nothing is touched outside the folder, and the account stays the same. */
function trialDefaults(folder: string): Partial<Settings> {
  return {
    data_path: join(folder, 'data'),
    pid_file: undefined,
    running_path: undefined,
    run_as_user: undefined,
    run_as_group: undefined,
  }
}

/**
 * The configuration that a daemon started the same way would have. Of secrets in files of their own only those that are needed are
 * read: whoever may make tokens may not be allowed to read the password of an account.
 */
export async function loadChosen(
  named: string | undefined,
  context: CommandContext,
  needs: (secret: string) => boolean = (secret) => secret === 'server_secret_key',
): Promise<Configuration> {
  const chosen = await chooseFile(named, context)
  const credentials = new Credentials(context.environment)
  return loadConfiguration({ ...chosen, resolvePlugin: context.daemon.resolvePlugin, credentials, needs })
}
