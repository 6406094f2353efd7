// A process for the tests of the embedded store: saves users one after the other, and says so as soon as each is saved.
import { writeSync } from 'node:fs'
import { reason } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedStore } from '../../../src/store/embedded.ts'

// Arguments: the data folder, `sync` or `nosync`, how many users, and the length of their messages.
const [, , path = '', sync, users = '1', length = '0'] = process.argv
const store = await openEmbeddedStore({ path, sync: sync === 'sync', log: silentLog })
writeSync(1, `process ${process.pid}\n`)
const message = 'm'.repeat(Number(length))

for (let user = 0; user < Number(users); ) {
  const presence = { status: 'busy', message, since: user, updated: user } as const
  try {
    // Written at once and unbuffered, so that a trace shows when.
    writeSync(1, `saving ${user}\n`)
    await store.save([{ userId: `user ${user}`, source: 'xmpp', presence }])
    writeSync(1, `saved ${user}\n`)
    user += 1
  } catch (error) {
    const goOn = nextSignal()
    writeSync(1, `failed ${user} ${reason(error)}\n`)
    await goOn
  }
}
await store.close()

/** Resolves at the next SIGUSR2; until then the process stays. */
function nextSignal(): Promise<void> {
  const alive = setInterval(() => {}, 60_000)
  return new Promise((resolve) => {
    process.once('SIGUSR2', () => {
      clearInterval(alive)
      resolve()
    })
  })
}
