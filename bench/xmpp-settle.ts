// How long the xmpp source takes from its login until it knows everybody: 10,000 contacts, half of them online, on Prosody.
import { Daemon } from '../test/support/daemon.ts'
import { inParallel } from '../test/support/in-parallel.ts'
import { startProsody } from '../test/support/prosody.ts'
import { online, xmppConfig } from '../test/support/xmpp-suite.ts'
import { succeeds } from './support/installed.ts'
import { newProbe } from './support/probe.ts'
import { atMost, handOn } from './support/report.ts'

const CONTACTS = 10_000
const ONLINE = 5_000
const ROUNDS = 5
/** Milliseconds. */
const TARGET = 2_000

const SHOWS = [undefined, 'away', 'dnd', 'xa', 'chat']

const names = Array.from({ length: CONTACTS }, (_, index) => `user${index}`)
if (!succeeds('command -v prosody')) {
  handOn([], ["it was left out: install Debian's prosody to have it measured."])
  process.exit()
}
const server = await startProsody({ users: names })
const probe = newProbe()
const daemon = new Daemon({ config: xmppConfig(server), env: { ...probe.env, NODE_OPTIONS: probe.node.join(' ') } })
const stalls: number[] = []
try {
  const begin = performance.now()
  // The server stays as it is in all rounds; only the daemon comes and goes.
  await inParallel(names.slice(0, ONLINE), 50, (name) => {
    const index = Number(name.slice(4))
    const show = SHOWS[index % SHOWS.length]
    return online(server, name, { status: `会議中 ${index}`, ...(show === undefined ? {} : { show }) })
  })
  console.log(`${ONLINE} of ${CONTACTS} users are online, after ${Math.round((performance.now() - begin) / 1000)} s`)
  const times: number[] = []
  for (let round = 1; round <= ROUNDS; round += 1) times.push(await measure(round))
  const work = `xmpp: from login to settled, ${CONTACTS.toLocaleString('en')} contacts, ${ONLINE.toLocaleString('en')} online`
  const [value, stall] = [Math.max(...times), Math.max(...stalls)]
  handOn([{ work, value, unit: 'ms', target: atMost(TARGET), stall }], [`the worst of ${ROUNDS} rounds.`])
} finally {
  await daemon.stop()
  await server.stop()
  probe.close()
}
// The users' connections are still open in this process.
process.exit()

/** From the login to settled, by the daemon's own clock: it notes when each state of a source began. */
async function measure(round: number): Promise<number> {
  await daemon.start()
  // What came before is the daemon's start.
  await probe.stall()
  const login = await daemon.sourceIs('settling')
  const settled = await daemon.sourceIs('settled')
  stalls.push(await probe.stall())
  const took = Date.parse(settled.since) - Date.parse(login.since)
  const sample = names.filter((_, index) => index % 100 === 0).map((name) => `${name}@${server.domain}`)
  const entries = await daemon.get(sample)
  const available = entries.filter(({ xmpp }) => JSON.stringify(xmpp).includes('会議中')).length
  if (settled.users !== CONTACTS || available !== sample.length / 2) {
    throw new Error(`settled with ${settled.users} users, ${available} of ${sample.length / 2} sampled online`)
  }
  console.log(`round ${round}: ${took} ms from login to settled`)
  await daemon.end()
  return took
}
