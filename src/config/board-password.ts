// The password of the status board: as presence.cfg says it, or from the first line of a file.

import { readConfigFile } from './config-file.ts'
import { ConfigurationError, type Mistake } from './mistakes.ts'
import type { Settings } from './options.ts'
import type { SettingsByName } from './read-options.ts'

type PasswordSettings = Pick<Settings, 'board_password' | 'board_password_file'>

/** Two passwords would leave in the dark which one counts. */
export function boardPasswordMistakes(options: PasswordSettings, file: string, settings: SettingsByName): Mistake[] {
  if (options.board_password === undefined || options.board_password_file === undefined) return []
  const option = 'board_password_file'
  const line = settings.get(option)?.line
  const mistake = { file, option, text: 'is given beside board_password; keep one of them' }
  return [line === undefined ? mistake : { ...mistake, line }]
}

/** Undefined when none is set. Throws ConfigurationError when its file holds none. */
export async function readBoardPassword(settings: PasswordSettings): Promise<string | undefined> {
  const file = settings.board_password_file
  if (file === undefined) return settings.board_password
  const password = firstLine(await readConfigFile(file), file)
  if (password !== '') return password
  throw new ConfigurationError([{ file, line: 1, text: 'is empty; write the password of the status board there' }])
}

/** Without the white space around it, as everywhere in presence.cfg. */
function firstLine(content: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true })
      .decode(content)
      .split(/[\r\n]/, 1)
      .join('')
      .trim()
  } catch {
    throw new ConfigurationError([{ file, text: 'is not UTF-8; save the file as UTF-8' }])
  }
}
