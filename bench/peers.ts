// Measures the same question, "who is there?", beside other servers that know it: in turns with each, everybody online, 32 connections.
import { type RequestOptions, request } from 'node:http'
import { createToken } from '../src/core/tokens.ts'
import { FOR_SERVERS, onServersCore, WORDS_ABOUT_CORES } from './support/cores.ts'
import { succeeds } from './support/installed.ts'
import { DOMAIN, PEERS, type Peer, type Person } from './support/peers.ts'
import { newProbe } from './support/probe.ts'
import { handOn, type Row } from './support/report.ts'
import { type Asking, contest } from './support/rounds.ts'
import { SECRET, startBuiltDaemon } from './support/servers.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const CONNECTIONS = 32
/** A part of a peer's name, to measure one alone. */
const ONLY = process.env.BENCH_ONLY ?? ''
/** Different requests in turn. */
const VARIETY = 200

const people = Array.from({ length: 500 }, (_, index): Person => {
  return { name: `user${index}`, away: index % 3 === 0, message: index % 10 === 0 ? `message ${index}` : '' }
})

const notes: string[] = []
const rows: Row[] = []
const probe = newProbe()
const config = { plugins: 'spreed', spreed_auto_unavailable: 600 }
const daemon = await startBuiltDaemon({ config, node: probe.node, env: probe.env, through: FOR_SERVERS })
try {
  await publish()
  for (const kind of PEERS.filter(({ name }) => name.includes(ONLY))) {
    if (!succeeds(kind.isThere)) {
      notes.push(`${kind.name} was left out: install Debian's ${kind.packages} to have it measured.`)
      continue
    }
    const peer = await onServersCore(() => kind.start(people))
    try {
      await check(kind.name, peer)
      for (const size of peer.sizes) rows.push(await beside(kind.name, peer, size))
    } finally {
      await peer.stop()
    }
  }
} finally {
  await daemon.stop()
  probe.close()
}
notes.push(
  `${people.length} users, everybody online; ${ROUNDS} rounds of ${SECONDS} s each with ${CONNECTIONS} connections, in turns with each; ${WORDS_ABOUT_CORES}`,
  'Prosody and ejabberd tell of one user in a request. No peer looks at a token; the daemon does.',
)
handOn(rows, notes)
// The users of the peers are still connected.
process.exit()

function groupsOf(size: number): Person[][] {
  return Array.from({ length: VARIETY }, (_, turn) =>
    Array.from({ length: size }, (_, index) => people[(turn * 79 + index) % people.length]).filter(
      (one) => one !== undefined,
    ),
  )
}

function askDaemon(groups: readonly (readonly Person[])[]): Asking {
  const AuthenticationToken = createToken(SECRET, `bench@${DOMAIN}`, Date.now() / 1000)
  const bodies = groups.map((group) => {
    const UserStatus = group.map(({ name }) => ({ user_id: `${name}@${DOMAIN}` }))
    return JSON.stringify({ AuthenticationToken, Type: 'UserStatus', UserStatus })
  })
  return { method: 'GET', connections: CONNECTIONS, bodies }
}

async function beside(name: string, peer: Peer, size: number): Promise<Row> {
  const groups = groupsOf(size)
  return await contest({
    work: `${size} user${size === 1 ? '' : 's'} beside ${name}`,
    own: { server: { url: daemon.url, pids: [daemon.pid], probe }, asking: askDaemon(groups) },
    yardstick: {
      server: peer.server,
      asking: { connections: CONNECTIONS, ...peer.ask(groups) },
      name: name.split(/'| /)[0] ?? name,
    },
    ...{ rounds: ROUNDS, seconds: SECONDS },
  })
}

async function publish(): Promise<void> {
  const UserStatus = people.map(({ name, away, message }) => {
    return { user_id: `${name}@${DOMAIN}`, spreed: { status: away ? 'away' : 'available', message } }
  })
  const AuthenticationToken = createToken(SECRET, `bench@${DOMAIN}`, Date.now() / 1000)
  const answer = await fetch(daemon.url, { method: 'PUT', body: JSON.stringify({ AuthenticationToken, UserStatus }) })
  if (!answer.ok) throw new Error(`the daemon answered ${answer.status}: ${await answer.text()}`)
}

/** Figures of a peer that does not know anybody would be worth nothing. */
async function check(name: string, peer: Peer): Promise<void> {
  const person = people.find(({ away, message }) => away && message !== '')
  if (person === undefined) throw new RangeError('nobody is away with a message')
  const { method, bodies } = peer.ask([[person]])
  const [question] = 'parts' in bodies ? [] : bodies
  const { path, body } = typeof question === 'object' ? question : { path: '/', body: question ?? '' }
  const { hostname, port } = new URL(peer.server.url)
  const text = await ask({ hostname, port, path, method }, body)
  if (!text.includes('away') || !text.includes(person.message))
    throw new Error(`${name} does not know ${person.name}: ${text}`)
}

function ask(options: RequestOptions, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve(text))
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
