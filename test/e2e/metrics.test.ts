// A real Prometheus scrapes the daemon, and its alerts stay away while all is well.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { type Prometheus, startPrometheus } from '../support/prometheus.ts'
import { until } from '../support/until.ts'

interface Vector {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}

suite('Prometheus', () => {
  let daemon: Daemon
  let prometheus: Prometheus

  before(async () => {
    daemon = await startDaemon({ config: { plugins: 'spreed manual' } })
    prometheus = await startPrometheus(new URL(daemon.url).host)
  })
  after(async () => {
    await prometheus?.stop()
    await daemon?.stop()
  })

  const query = async (text: string): Promise<string | undefined> => {
    const answer = (await prometheus.ask(`query?query=${encodeURIComponent(text)}`)) as Vector
    return answer.data.result[0]?.value[1]
  }

  test('scrapes what the daemon has to tell, and finds nothing to alert of', { timeout: 60_000 }, async ({
    signal,
  }) => {
    await daemon.put([{ user_id: 'ada@example.test', spreed: { status: 'busy' } }])
    await until(async () => (await query('up{job="kopano-presence"}')) === '1', signal)
    await until(async () => (await query('kopano_presence_users{status="busy"}')) === '1', signal)
    assert.match((await query('process_resident_memory_bytes')) ?? '', /^\d{8,}$/)
    assert.equal(await query('count(kopano_presence_source_state{state="ready"} == 1)'), '2')
    await until(async () => JSON.stringify(await prometheus.ask('rules')).split('"health":"ok"').length === 6, signal)
    const rules = (await prometheus.ask('rules')) as {
      data: { groups: { rules: { name: string; health: string; state: string }[] }[] }
    }
    assert.deepEqual(
      rules.data.groups.flatMap((group) => group.rules.map(({ state }) => state)),
      ['inactive', 'inactive', 'inactive', 'inactive', 'inactive'],
    )
  })
})
