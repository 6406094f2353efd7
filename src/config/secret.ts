// The secret that signs tokens, for commands that make one: from presence.cfg, or as the daemon keeps it.
import { join } from 'node:path'
import { ConfigError, reason } from '../core/errors.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { isForbidden, isMissing } from './config-file.ts'
import type { Settings } from './options.ts'

/** Where the daemon keeps a secret that it made itself: one line of text, readable for its account only. */
export function secretFile(dataPath: string): string {
  return join(dataPath, 'secret')
}

/** The secret in force. Throws ConfigError with the remedy when there is none that this account can read. */
export async function readSecret(settings: Pick<Settings, 'server_secret_key' | 'data_path'>): Promise<string> {
  if (settings.server_secret_key !== undefined) return settings.server_secret_key
  const file = secretFile(settings.data_path)
  const secret = await readText(file)
  if (secret === '') {
    throw new ConfigError(`${file} is empty; delete it, and the daemon makes a new secret at its next start`)
  }
  return secret
}

async function readText(file: string): Promise<string> {
  try {
    return (await readPlainFile(file)).content.toString().trim()
  } catch (error) {
    throw new ConfigError(`no secret to make a token with: ${file}: ${reason(error)}; ${remedy(error)}`)
  }
}

function remedy(error: unknown): string {
  if (isMissing(error)) {
    return 'start the daemon once, which makes one, or name its configuration with -C, or set server_secret_key; if it is a credential of systemd, set CREDENTIALS_DIRECTORY'
  }
  if (isForbidden(error)) return "run the command as the daemon's account or as root"
  return 'the daemon keeps its secret there'
}
