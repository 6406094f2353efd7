// A collector is run again and again, with growing delays, and every trouble is told once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FatalError } from '../../../src/core/errors.ts'
import type { Log } from '../../../src/core/log.ts'
import type { Collector, Session } from '../../../src/core/plugin.ts'
import { CONNECT_PATIENCE, LAST_DELAY, Supervisor } from '../../../src/plugins/supervisor.ts'
import { GRACE, MINUTE, ServiceBench } from '../../support/service.ts'

type Run = (session: Session, signal: AbortSignal) => Promise<void>

/** A collector that does as the test says in each of its runs. */
class ScriptedCollector implements Collector {
  readonly grace = GRACE
  runs = 0
  behave: Run
  constructor(behave: Run) {
    this.behave = behave
  }
  run(session: Session, signal: AbortSignal): Promise<void> {
    this.runs += 1
    return this.behave(session, signal)
  }
}

function recorder(): { lines: string[]; log: Log } {
  const lines: string[] = []
  const write = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const log: Log = {
    error: write('error'),
    warn: write('warn'),
    notice: write('notice'),
    info: write('info'),
    debug: write('debug'),
    named: () => log,
  }
  return { lines, log }
}

async function supervised(behave: Run, random = 0) {
  const bench = await ServiceBench.start()
  const { lines, log } = recorder()
  const source = bench.service.collector('xmpp')
  assert.ok(source)
  const collector = new ScriptedCollector(behave)
  const supervisor = new Supervisor(source, collector, { clock: bench.clock, log, random: () => random })
  supervisor.start()
  await bench.advance(0)
  return { bench, lines, collector, supervisor }
}

const refused: Run = () => Promise.reject(new Error('127.0.0.1:5222 refuses connections'))
const untilAborted: Run = async (session, signal) => {
  session.connected('test')
  session.settled()
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

test('the delay between attempts doubles from one second to a minute', async () => {
  const { bench, collector, supervisor } = await supervised(refused)
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const { runs } = collector
    await bench.advance(seconds * 1_000 - 1)
    assert.equal(collector.runs, runs, `too early before ${seconds} s`)
    await bench.advance(1)
    assert.equal(collector.runs, runs + 1, `no attempt after ${seconds} s`)
  }
  await supervisor.stop()
})

test('the delay is spread, and never longer than a minute', async () => {
  const { bench, collector, supervisor } = await supervised(refused, 0.999)
  await bench.advance(1_000)
  assert.equal(collector.runs, 1)
  await bench.advance(500)
  assert.equal(collector.runs, 2)
  for (let attempt = 0; attempt < 9; attempt += 1) await bench.advance(LAST_DELAY)
  const { runs } = collector
  await bench.advance(LAST_DELAY)
  assert.ok(collector.runs > runs)
  await supervisor.stop()
})

test('after a settled session the delay starts over', async () => {
  const { bench, collector, supervisor } = await supervised(refused)
  for (const seconds of [1, 2, 4]) await bench.advance(seconds * 1_000)
  collector.behave = async (session) => {
    session.connected('test')
    session.settled()
    throw new Error('the connection was cut')
  }
  await bench.advance(8_000)
  collector.behave = refused
  const { runs } = collector
  await bench.advance(1_000)
  assert.equal(collector.runs, runs + 1)
  await supervisor.stop()
})

test('where a retry can not help, the next attempt waits a minute, and the log says error', async () => {
  const { bench, lines, collector, supervisor } = await supervised(() =>
    Promise.reject(new FatalError('wrong password')),
  )
  assert.match(lines[0] ?? '', /^error wrong password; next attempt in 60.0 s$/)
  await bench.advance(LAST_DELAY - 1)
  assert.equal(collector.runs, 1)
  await bench.advance(1)
  assert.equal(collector.runs, 2)
  await supervisor.stop()
})

test('the same trouble is told once at the default level, and so is its end', async () => {
  const { bench, lines, collector, supervisor } = await supervised(refused)
  for (const seconds of [1, 2, 4]) await bench.advance(seconds * 1_000)
  collector.behave = untilAborted
  await bench.advance(8_000)
  const told = lines.filter((line) => /^(warn|error|notice)/.test(line))
  assert.deepEqual(told, [
    'warn 127.0.0.1:5222 refuses connections; next attempt in 1.0 s',
    'notice connected again, and everybody is known',
  ])
  await supervisor.stop()
})

test('the last error is in the words about the source', async () => {
  const { bench, supervisor } = await supervised(refused)
  assert.match(bench.service.sources()[1]?.detail ?? '', /refuses connections/)
  await supervisor.stop()
})

test('stop ends the session, and nothing runs afterwards', async () => {
  const { bench, collector, supervisor } = await supervised(untilAborted)
  assert.equal(bench.service.sources()[1]?.state, 'settled')
  await supervisor.stop()
  assert.equal(bench.service.sources()[1]?.state, 'lost')
  await bench.advance(10 * MINUTE)
  assert.equal(collector.runs, 1)
})

test('stop does not wait for ever for a collector that does not end, and ignores what it still says', async () => {
  let late: Session | undefined
  const { bench, supervisor } = await supervised((session) => {
    late = session
    session.connected('test')
    return new Promise(() => {})
  })
  const stopped = supervisor.stop()
  await bench.advance(2_000)
  await stopped
  late?.publish('ada', { status: 'available', message: '' })
  await bench.advance(0)
  assert.equal(bench.service.read('ada').sources.size, 0)
})

test('a restart with other options connects at once', async () => {
  const { bench, collector, supervisor } = await supervised(untilAborted)
  const next = new ScriptedCollector(untilAborted)
  supervisor.restart(next)
  await bench.advance(0)
  assert.deepEqual([collector.runs, next.runs], [1, 1])
  assert.equal(bench.service.sources()[1]?.state, 'settled')
  await supervisor.stop()
})

test('a collector that throws at once instead of failing later is retried as well', async () => {
  const { bench, collector, supervisor } = await supervised(() => {
    throw new TypeError('a mistake in the plugin')
  })
  await bench.advance(1_000)
  assert.equal(collector.runs, 2)
  await supervisor.stop()
})

test('a run that has not connected within five minutes is ended, and the words about the source tell why', async () => {
  const { bench, collector, supervisor } = await supervised(() => new Promise(() => {}))
  await bench.advance(CONNECT_PATIENCE)
  await bench.advance(2_000)
  assert.match(bench.service.sources()[1]?.detail ?? '', /has not connected within 300 s/)
  await bench.advance(1_000)
  assert.equal(collector.runs, 2)
  const stopped = supervisor.stop()
  await bench.advance(2_000)
  await stopped
})

test('a run that is connected may last', async () => {
  const { bench, collector, supervisor } = await supervised(untilAborted)
  await bench.advance(2 * CONNECT_PATIENCE)
  assert.equal(collector.runs, 1)
  await supervisor.stop()
})

test('a run that throws before it begins is tried again like any other', async () => {
  const { bench, collector, supervisor } = await supervised(() => {
    throw new Error('no such field')
  })
  assert.match(bench.service.sources()[1]?.detail ?? '', /no such field/)
  await bench.advance(1_000)
  assert.equal(collector.runs, 2)
  await supervisor.stop()
})

test('what a copy of this package says can not be helped is believed', async () => {
  class FatalError extends Error {
    override readonly name = 'FatalError'
  }
  const { lines, supervisor } = await supervised(() => Promise.reject(new FatalError('wrong password')))
  assert.match(lines[0] ?? '', /^error wrong password; next attempt in 60.0 s$/)
  await supervisor.stop()
})

test('what a left-behind run still says is no news, nor what a run says twice', async () => {
  let late: Session | undefined
  const { bench, lines, collector, supervisor } = await supervised((session) => {
    late = session
    session.connected('test')
    return new Promise(() => {})
  })
  supervisor.restart(new ScriptedCollector(refused))
  await bench.advance(2_000)
  late?.settled()
  assert.deepEqual(lines, ['warn 127.0.0.1:5222 refuses connections; next attempt in 1.0 s'])
  collector.behave = async (session, signal) => {
    session.settled()
    await untilAborted(session, signal)
  }
  supervisor.restart(collector)
  await bench.advance(0)
  assert.deepEqual(lines.slice(1), ['notice connected again, and everybody is known'])
  await supervisor.stop()
})

test('a run may end with whatever can be thrown', async () => {
  const hollow = new Error('x')
  Object.defineProperty(hollow, 'message', { get: () => Object.create(null) })
  for (const thrown of [undefined, null, Object.create(null), Symbol('odd'), hollow]) {
    const { bench, collector, supervisor } = await supervised(() => Promise.reject(thrown))
    assert.match(bench.service.sources()[1]?.detail ?? '', /^not connected: \S/)
    await bench.advance(1_000)
    assert.equal(collector.runs, 2)
    await supervisor.stop()
  }
})
