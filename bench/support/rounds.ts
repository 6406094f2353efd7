// Rounds of wrk in turns: a server and its yardstick answer the same load, once to warm up and then as often as told.
import { type Probe, processorOf } from './probe.ts'
import { type Row, ratioOf } from './report.ts'
import { median } from './table.ts'
import { type Bodies, load } from './wrk.ts'

/** A server, and what of it uses the processor. */
export interface Measurable {
  readonly url: string
  readonly pids: readonly number[]
  readonly probe?: Probe | undefined
}

export interface Asking {
  readonly method: string
  readonly connections: number
  readonly bodies: Bodies
}

interface Measured {
  readonly rate: number
  readonly p99: number
  /** Microseconds of the processor for a request. */
  readonly cost: number
  readonly stall: number
}

/** Each with what it is asked: the same question is put to others in other words. */
export interface Side {
  readonly server: Measurable
  readonly asking: Asking
}

export interface Contest {
  readonly work: string
  readonly own: Side
  readonly yardstick: Side & { readonly name: string }
  readonly rounds: number
  readonly seconds: number
}

/** Without a target. */
export async function contest({ work, own, yardstick, rounds, seconds }: Contest): Promise<Row> {
  const found: Record<'own' | 'yardstick', Measured[]> = { own: [], yardstick: [] }
  for (let round = 0; round <= rounds; round += 1) {
    const one = await measure(yardstick, seconds)
    const other = await measure(own, seconds)
    // The first round warms both up and does not count.
    if (round === 0) continue
    found.yardstick.push(one)
    found.own.push(other)
  }
  const all = (side: 'own' | 'yardstick', of: keyof Measured): number[] => found[side].map((one) => one[of])
  const ratio = ratioOf(yardstick.name, all('own', 'rate'), all('yardstick', 'rate'))
  const row: Row = {
    ...{ work, value: median(all('own', 'rate')), unit: 'requests/s', ratio, p99: median(all('own', 'p99')) },
    stall: own.server.probe === undefined ? undefined : Math.max(...all('own', 'stall')),
    processor: { own: median(all('own', 'cost')), yardstick: median(all('yardstick', 'cost')) },
  }
  console.log(`${work}: ${Math.round(row.value)} requests/s, ${ratio.median.toFixed(2)} x ${yardstick.name}`)
  return row
}

async function measure({ server: { url, pids, probe }, asking }: Side, seconds: number): Promise<Measured> {
  const used = (): number => pids.reduce((sum, pid) => sum + processorOf(pid), 0)
  await probe?.stall()
  const before = used()
  const { rate, p99 } = await load({ ...asking, url, seconds })
  const cost = ((used() - before) / (rate * seconds)) * 1e6
  return { rate, p99, cost, stall: (await probe?.stall()) ?? 0 }
}
