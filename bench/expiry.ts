// Measures the expiry of many users at one moment: the stall of the event loop, and how long until all are told and saved.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause, startProbedDaemon } from './support/inside.ts'
import { atMost, handOn, type Row } from './support/report.ts'
import { token } from './support/servers.ts'
import { fillStore, userId } from './support/users.ts'

const USERS = Number(process.env.BENCH_EXPIRING ?? 100_000)
/** How long after the store is filled they expire, in milliseconds. */
const AHEAD = 15_000
const LONGEST_STALL = 100
const rows: Row[] = []

/** How many expiries the daemon counts as saved. */
async function saved(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^kopano_presence_expiries_total\{source="spreed"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

/** Counts the events of a stream of everybody after `ready`; resolves to when so many have come (epoch milliseconds). */
async function allToldTo(url: string, ready: () => void): Promise<number> {
  const headers = { authorization: `Bearer ${token()}` }
  const { body } = await fetch(`${url}/v1/watch`, { headers })
  if (body === null) throw new Error('the stream has no body')
  let count = -1
  let rest = ''
  for await (const bytes of body) {
    rest += Buffer.from(bytes).toString('latin1')
    const end = rest.lastIndexOf('\n\n') + 2
    const text = rest.slice(0, end)
    rest = rest.slice(end)
    for (const event of text.split('\n\n')) {
      if (event.startsWith('event: ready')) {
        count = 0
        ready()
      } else if (count >= 0 && event.startsWith('event: presence')) count += 1
    }
    if (count >= USERS) return Date.now()
  }
  throw new Error(`the stream has ended after ${count} events`)
}

const folder = mkdtempSync(join(tmpdir(), 'kopano-presence-bench-'))
try {
  const path = join(folder, 'data')
  const expires = Date.now() + AHEAD
  await fillStore({ path, users: USERS, sources: ['spreed'], expires })
  const config = { ...{ plugins: 'spreed', spreed_auto_unavailable: 600 }, data_path: path }
  const daemon = await startProbedDaemon({ config })
  try {
    let told = Promise.resolve(0)
    await new Promise<void>((resolve, reject) => {
      told = allToldTo(daemon.url, resolve)
      told.catch(reject)
    })
    if (Date.now() > expires) throw new Error('they expired before everything was ready')
    await daemon.stall()
    await pause(expires - Date.now())
    const status = async (): Promise<string> => {
      const headers = { authorization: `Bearer ${token()}` }
      const answer = await fetch(`${daemon.url}/v1/users/${userId(USERS - 1)}`, { headers })
      return String(((await answer.json()) as { status: string }).status)
    }
    while ((await status()) !== 'unavailable') await pause(1)
    const shown = Date.now()
    while ((await saved(daemon.url)) < USERS) await pause(20)
    const allSaved = Date.now()
    const name = `${USERS.toLocaleString('en')} users expire`
    const allTold = await told
    const stall = await daemon.stall()
    rows.push(
      { work: `${name}: the last one is shown so after`, value: shown - expires, unit: 'ms' },
      { work: `${name}: a stream was told all after`, value: allTold - expires, unit: 'ms' },
      { work: `${name}: all are saved after`, value: allSaved - expires, unit: 'ms' },
      { work: `${name}: longest stall`, value: stall, unit: 'ms', target: atMost(LONGEST_STALL) },
    )
  } finally {
    await daemon.stop()
  }
} finally {
  rmSync(folder, { recursive: true })
}
handOn(rows)
