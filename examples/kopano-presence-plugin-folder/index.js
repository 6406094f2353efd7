// Presence from a folder: one file for each user, named by the user id, with "STATUS MESSAGE" in it. No file: nothing is known.
import { once } from 'node:events'
import { watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { option } from 'kopano-presence/plugin'

/** @type {import('kopano-presence/plugin').PluginDefinition<{ path: string | undefined, grace: number }>} */
export default {
  name: 'folder',
  options: {
    path: option.path({ help: 'The folder with a file for each user.', default: undefined, example: '/srv/presence' }),
    grace: option.integer({
      help: 'How long users keep their state when the folder is gone.',
      ...{ default: 60, min: 0, max: 3600, unit: 'seconds' },
    }),
  },
  check: ({ path }) => (path === undefined ? [{ option: 'path', text: 'is missing; name the folder' }] : []),
  create: ({ path = '', grace }, { mapUser }) => ({
    grace: grace * 1000,
    async run(session, signal) {
      const watcher = watch(path, { signal })
      try {
        session.connected(`the folder ${path}`)
        let known = new Set()
        for (let first = true; !signal.aborted; first = false) {
          // Asked for before reading, so that no change in between is missed; it rejects when the signal comes.
          const change = once(watcher, 'change', { signal })
          change.catch(() => {})
          const there = new Set()
          for (const name of await readdir(path)) {
            const user = mapUser(name) ?? name
            const text = await readFile(join(path, name), 'utf8').catch(() => 'unavailable')
            const [, status = 'available', message] = /^(available|busy|away|unavailable)?\s*(.*)/.exec(text)
            session.publish(user, { status, message })
            there.add(user)
          }
          for (const user of known) if (!there.has(user)) session.withdraw(user)
          known = there
          if (first) session.settled()
          await change
        }
      } finally {
        watcher.close()
      }
    },
  }),
}
