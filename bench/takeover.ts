// How long it takes until another node has settled, after the one that ran xmpp was killed, has hung or was stopped: three nodes, Redis, Prosody.
import type { Daemon } from '../test/support/daemon.ts'
import { inParallel } from '../test/support/in-parallel.ts'
import { TakeoverStage, type Witness } from '../test/support/takeover-stage.ts'
import { median, printTable } from './support/table.ts'

const ROUNDS = Number(process.argv[2] ?? 20)
/** Only these ways, if any are named. */
const ONLY = process.argv.slice(3)
const USERS = 50
/** Milliseconds: for whoever gives no notice the lease (3 s) and 5 s more. */
const WAYS = [
  { signal: 'SIGKILL', what: 'killed', target: 8_000 },
  { signal: 'SIGSTOP', what: 'hung', target: 8_000 },
  { signal: 'SIGTERM', what: 'stopped', target: 1_500 },
] as const

const names = Array.from({ length: USERS }, (_, index) => `user${index}`)
const stage = await TakeoverStage.set(3, names)
const false_: string[] = []
const rows: string[][] = []
try {
  await inParallel(names, 10, (name) => stage.online(name, 'dnd'))
  const users = names.map((name) => `${name}@${stage.prosody.domain}`)
  for (const node of stage.nodes) {
    for (const user of users) await node.documentWhen(user, ({ status, stale }) => status === 'busy' && !stale)
  }
  for (const { signal, what, target } of WAYS.filter((way) => ONLY.length === 0 || ONLY.includes(way.what))) {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) times.push(await takeOver(signal, users))
    const worst = Math.max(...times)
    if (worst > target) process.exitCode = 1
    const [least, middle] = [Math.min(...times), median(times)]
    rows.push([what, String(ROUNDS), ...[least, middle, worst, target].map((time) => `${Math.round(time)} ms`)])
  }
  printTable(['the node was', 'times', 'least', 'median', 'worst', 'target: at most'], rows)
  const most = Math.max(...stage.sessions())
  console.log(`sessions of the bot at one time: ${most}; false words to those who watched the others: ${false_.length}`)
  if (most > 1 || false_.length > 0) {
    console.log(false_.join('\n'))
    process.exitCode = 1
  }
} finally {
  await stage.stop()
}
process.exit()

async function takeOver(signal: NodeJS.Signals, users: readonly string[]): Promise<number> {
  const holder = await stage.holder(stage.nodes)
  const others = stage.nodes.filter((node) => node !== holder)
  const witnesses = others.map((node): [Daemon, Witness] => [node, stage.witness(node, users)])
  await Promise.all(witnesses.map(([, witness]) => witness.sees(users.length)))
  holder.signal(signal)
  const took = await stage.settledAgain(others)
  await stage.holder(others)
  for (const [, witness] of witnesses) {
    for (const user of users) {
      const said = witness.statuses(user)
      if (said.join() !== 'busy') false_.push(`${signal}: ${user} was ${said.join(', ')}`)
    }
    await witness.stop()
  }
  if (signal === 'SIGSTOP') holder.signal('SIGCONT')
  else {
    await holder.end(signal)
    await stage.again(holder)
  }
  return took
}
