// What a collector's code throws out of turn ends its run, and not the daemon; what the daemon throws ends it, as ever.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const CONTAINMENT = pathToFileURL(join(import.meta.dirname, '../../../src/plugins/containment.ts')).href

/** Runs code in a process of its own, where `contain`, `outside` and `tell` are known; what it throws may end that process. */
function run(code: string): { status: number | null; told: string[]; stderr: string } {
  const script = `
    import { contain, installContainment, outside } from ${JSON.stringify(CONTAINMENT)}
    installContainment()
    const tell = (error) => console.log(error.message)
    ${code}
  `
  const words = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  return { status, told: stdout.split('\n').slice(0, -1), stderr }
}

test('whatever a collector has begun is its own: timers, promises, events of sockets', () => {
  const { status, told } = run(`
    import { connect } from 'node:net'
    contain(tell, () => {
      setTimeout(() => { throw new Error('a timer') }, 5)
      void Promise.reject(new Error('a promise'))
      connect(1, '127.0.0.1').on('error', () => { throw new Error('a socket') })
    })
    contain((error) => tell(new Error('another: ' + error.message)), async () => { throw new Error('it') })
  `)
  assert.deepEqual(told.sort(), ['a promise', 'a socket', 'a timer', 'another: it'])
  assert.equal(status, 0)
})

test('what the daemon throws ends it, also when a collector has called it', () => {
  const own = run(`setTimeout(() => { throw new Error('own fault') }, 5)`)
  assert.notEqual(own.status, 0)
  assert.match(own.stderr, /own fault/)
  const called = run(`contain(tell, () => outside(() => setTimeout(() => { throw new Error('own fault') }, 5)))`)
  assert.notEqual(called.status, 0)
  assert.deepEqual(called.told, [])
})

test('whatever hears the signal of a run is the collector too, whoever gives it', () => {
  const supervisor = pathToFileURL(join(import.meta.dirname, '../../../src/plugins/supervisor.ts')).href
  const clock = pathToFileURL(join(import.meta.dirname, '../../../src/core/clock.ts')).href
  const { status, told, stderr } = run(`
    import { Supervisor } from ${JSON.stringify(supervisor)}
    import { systemClock } from ${JSON.stringify(clock)}
    const write = (text) => console.log(text)
    const log = { error: write, warn: write, notice: write, info: write, debug: write, named: () => log }
    const session = { connected() {}, publish() {}, withdraw() {}, settled() {}, detail() {}, end() {} }
    const collector = { grace: 0, run: (_, signal) => new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        setTimeout(() => { resolve(); throw new Error('in a timer after the signal') })
        throw new Error('at the signal')
      })
    }) }
    const supervisor = new Supervisor({ name: 'x', open: () => session }, collector, { clock: systemClock(), log })
    supervisor.start()
    supervisor.restart(collector)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await supervisor.stop()
    tell(new Error('the daemon ends as it wants'))
  `)
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.equal(told.at(-1), 'the daemon ends as it wants')
})
