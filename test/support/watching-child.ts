// Some watchers in a process of their own, which a test can stop and continue: `watching-child.ts URL TOKEN COUNT DOMAIN`; every
// other one watches only that domain.
import { PresenceClient } from '../../src/client/index.ts'
import { VersionWatcher } from './version-watcher.ts'

const [url = '', token = '', count = '1', domain = ''] = process.argv.slice(2)
/** After so many milliseconds without news a watcher tells what it knows. */
const QUIET = 200

for (let number = 0; number < Number(count); number += 1) void watch(number)

async function watch(number: number): Promise<void> {
  const client = new PresenceClient({ url, token: () => token })
  const watcher = new VersionWatcher()
  let told = ''
  const tell = setInterval(() => {
    const line = `watcher ${number} knows ${watcher.digest()}${watcher.mistakes.map((one) => `; ${one}`).join('')}`
    if (line !== told) console.log(line)
    told = line
  }, QUIET)
  for await (const event of client.watch(number % 2 === 0 ? undefined : { domain })) {
    if (event.type === 'presence') watcher.see(event.document)
    else if (event.type === 'ready') console.log(`watcher ${number} is ready`)
  }
  clearInterval(tell)
}
