// A wall clock that is set, while the daemon runs and while it is down: nobody expires wrongly, and nobody stays for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { savedLead } from '../../../src/core/saved-clock.ts'
import { GRACE, MINUTE, ServiceBench } from '../../support/service.ts'

const HOUR = 60 * MINUTE
const YEAR = 365 * 24 * HOUR

/** A machine with a true time that only the test knows, a wall clock that may be set, and the daemon on it. */
class Machine {
  readonly bench: ServiceBench
  /** The true time at the last start, and what the daemon's clock showed then. */
  #started = { time: 0, now: 0 }
  #boot = { id: 'first', since: 0 }
  /** What the wall clock is ahead of the time. */
  #wallAhead: number

  private constructor(bench: ServiceBench) {
    this.bench = bench
    this.#wallAhead = bench.clock.now()
    this.#started.now = bench.clock.now()
    bench.boot = () => ({ id: this.#boot.id, uptime: this.time - this.#boot.since })
  }

  static async start(): Promise<Machine> {
    const machine = new Machine(await ServiceBench.start({ forgetAfter: YEAR }))
    await machine.restart(0)
    return machine
  }

  /** True milliseconds, of which the daemon knows nothing. */
  get time(): number {
    return this.#started.time + this.bench.clock.now() - this.#started.now
  }

  run(milliseconds: number): Promise<void> {
    return this.bench.advance(milliseconds)
  }

  setWall(change: number): void {
    this.#wallAhead += change
    this.bench.clock.jumpWall(change)
  }

  /** The daemon is killed and starts later; meanwhile the wall clock may be set, and the machine restarted. */
  async restart(later: number, { change = 0, reboot = false } = {}): Promise<void> {
    const time = this.time + later
    this.#wallAhead += change
    if (reboot) this.#boot = { id: `at ${time}`, since: time }
    const wall = time + this.#wallAhead
    const booted = { id: this.#boot.id, uptime: time - this.#boot.since }
    const lead = savedLead(await this.bench.store.crash().records(), booted, wall)
    this.#started = { time, now: wall - lead }
    await this.bench.restartAt(wall - lead, lead)
    await this.bench.advance(0)
  }

  publish(userId: string, expiresIn: number): Promise<void> {
    return this.bench.service.publish([{ userId, source: 'manual', status: 'busy', message: '', expiresIn }])
  }

  /** Whether the manual state of a user is still there. */
  has(userId: string): boolean {
    return this.bench.service.read(userId).sources.has('manual')
  }
}

const jump = fc.oneof(fc.constantFrom(HOUR, -HOUR, 50 * YEAR, -50 * YEAR), fc.integer({ min: -YEAR, max: YEAR }))
const span = fc.integer({ min: 0, max: 40 * MINUTE })
const step = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), span, change: fc.constant(0) }),
  fc.record({ kind: fc.constantFrom('set' as const, 'restart' as const), span, change: jump }),
  fc.record({ kind: fc.constant('publish' as const), span, change: fc.constant(0) }),
)

test('however the wall clock is set, a deadline comes when it was due, also over restarts of the daemon', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const machine = await Machine.start()
      const due = new Map<string, number>()
      for (const { kind, span: length, change } of steps) {
        if (kind === 'run') await machine.run(length)
        else if (kind === 'restart') await machine.restart(length, { change })
        else if (kind === 'set') {
          machine.setWall(change)
          // The beat that saves it may not have come when the daemon is killed.
          if (length % 2 === 0) await machine.run(10_000)
        } else {
          const user = `user ${due.size}`
          await machine.publish(user, length + 1)
          due.set(user, machine.time + length + 1)
        }
        for (const [user, end] of due) {
          // A clock that is told after a restart may be a second off.
          if (Math.abs(end - machine.time) > 1_500)
            assert.equal(machine.has(user), machine.time < end, `${user} ${kind}`)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('over restarts of the machine with a wrong clock nobody gets more than the full time, however many there are', async () => {
  const machine = await Machine.start()
  await machine.publish('ada', HOUR)
  await machine.restart(MINUTE, { change: -50 * YEAR, reboot: true })
  assert.ok(machine.has('ada'))
  for (let restart = 0; restart < 4; restart += 1) {
    await machine.run(20 * MINUTE)
    assert.equal(machine.has('ada'), restart < 2, `restart ${restart}`)
    await machine.restart(0, { reboot: restart % 2 === 0 })
  }
})

test('after a start in 1970 that is put right or not, and after years switched off, nobody is forgotten wrongly', async () => {
  const machine = await Machine.start()
  await machine.bench.publish('ada', 'away')
  const isKnown = (): boolean => machine.bench.service.read('ada').sources.size > 0
  const lives: readonly [change: number, put: number][] = [
    [-56 * YEAR, 56 * YEAR],
    [-56 * YEAR, 0],
    [56 * YEAR, 0],
    [2 * YEAR, 0],
  ]
  for (const [change, put] of lives) {
    await machine.restart(MINUTE, { change, reboot: true })
    await machine.run(2 * HOUR)
    assert.ok(isKnown(), `${change}`)
    machine.setWall(put)
    await machine.run(2 * HOUR)
    await machine.restart(MINUTE)
    await machine.run(2 * HOUR)
    assert.ok(isKnown(), `${change}, a day later`)
  }
  for (let half = 0; half < 2; half += 1) {
    await machine.run(YEAR / 2 + HOUR)
    await machine.run(HOUR)
    assert.equal(isKnown(), half === 0, `${half}`)
    await machine.restart(MINUTE)
  }
})

test('no time that is told lies in the future, and a moment is told as the same time after a restart', async () => {
  const machine = await Machine.start()
  await machine.publish('ada', HOUR)
  const told = () => {
    const { combined, sources } = machine.bench.service.read('ada')
    const lead = machine.bench.clock.lead()
    return [combined.since ?? 0, sources.get('manual')?.since ?? 0, sources.get('manual')?.updated ?? 0].map(
      (one) => one + lead,
    )
  }
  const before = told()
  await machine.restart(7_777)
  assert.deepEqual(told(), before)
  for (const reboot of [false, true]) {
    await machine.restart(MINUTE, { change: -HOUR, reboot })
    for (const time of told()) assert.ok(time <= machine.bench.clock.wall(), `${time}`)
  }
})

test('the users of a lost collector get their grace and no more, whatever the wall clock does meanwhile', async () => {
  for (const change of [HOUR, -HOUR, 56 * YEAR, -56 * YEAR]) {
    const machine = await Machine.start()
    const session = machine.bench.connect()
    session.publish('ada', { status: 'available', message: '' })
    session.settled()
    await machine.run(30_000)
    session.end('lost')
    await machine.run(GRACE / 4)
    machine.setWall(change)
    assert.equal(machine.bench.status('ada'), 'available')
    await machine.restart(GRACE / 4, { change })
    assert.equal(machine.bench.status('ada'), 'available', `${change}`)
    await machine.run(GRACE)
    assert.equal(machine.bench.status('ada'), 'unavailable', `${change}`)
  }
})
