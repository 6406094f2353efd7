// What presence.cfg lets others do that its administrator may not have meant: sentences for the log.
import { where } from './mistakes.ts'
import type { Settings } from './options.ts'
import type { SettingsByName } from './read-options.ts'

/** `settings` are the lines of the file: what is written there, was meant. */
export function notesOnRights(
  options: Settings,
  { file, settings }: { readonly file: string; readonly settings: SettingsByName },
): readonly string[] {
  const notes: string[] = []
  const note = (option: keyof Settings, text: string): void => {
    const line = settings.get(option)?.line
    notes.push(`${where(line === undefined ? { file } : { file, line })}: ${option} ${text}`)
  }
  if (options.server_allowed_origins.length > 0 && (settings.get('server_update_scope')?.value ?? '') === '') {
    note(
      'server_allowed_origins',
      'lets web pages ask, so tokens reach browsers, and whoever finds one there may publish spreed for other users; set server_update_scope = own, or any if that is meant',
    )
  }
  if (options.server_visibility === 'domain' && options.board_password !== undefined) {
    note('server_visibility', 'is domain, but board_password opens a status board that shows the users of all domains')
  }
  return notes
}
