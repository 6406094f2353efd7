// The way into the manager interface: what goes wrong there is told with its remedy, in time, and nothing is left open.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FatalError } from '../../../../src/core/errors.ts'
import { STEP } from '../../../../src/net/deadline.ts'
import { IDLE, PING_PATIENCE } from '../../../../src/plugins/asterisk/keepalive.ts'
import { LISTS_PATIENCE } from '../../../../src/plugins/asterisk/lists.ts'
import { BOOT_PATIENCE } from '../../../../src/plugins/asterisk/run.ts'
import { asteriskOptionsFor, runAsterisk } from '../../../support/asterisk-run.ts'
import { type Certificates, makeCertificates } from '../../../support/certificates.ts'
import { freePort } from '../../../support/free-port.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { PRESENCE_USER, ScriptedAsterisk } from '../../../support/scripted-asterisk.ts'

let folder: string
let certificates: Certificates
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'presence-asterisk-'))
  certificates = await makeCertificates(folder, ['pbx.example.test'])
})
after(() => rmSync(folder, { recursive: true, force: true }))

const secretless = (text: string) => assert.equal(text.includes('s3cret') || text.includes('wrong'), false, text)

describe('the login', () => {
  for (const [what, more] of [
    ['a wrong password', { password: 'wrong' }],
    ['an unknown user', { username: 'nobody' }],
  ] as const) {
    test(`by ${what} is refused for good, with the options to check`, async (t) => {
      const asterisk = await ScriptedAsterisk.start(t)
      const run = runAsterisk(t, asteriskOptionsFor(asterisk.port, more), new ManualClock(), { source: 'pbx' })
      const error = await run.ended
      assert.ok(error instanceof FatalError)
      assert.match(error.message, /^127\.0\.0\.1:\d+: .*\(Authentication failed\); check pbx_username and pbx_password/)
      secretless(error.message)
      assert.deepEqual(run.told, [])
    })
  }

  test('without the right to ask for lists is told which right is missing', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t, { user: { ...PRESENCE_USER, write: [] } })
    const error = await runAsterisk(t, asteriskOptionsFor(asterisk.port), new ManualClock()).ended
    assert.ok(error instanceof FatalError)
    assert.match(error.message, /manager\.conf needs write = reporting/)
  })

  test('to an Asterisk without the module of a list names the module', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t)
    asterisk.answers.set('PresenceStateList', [
      ['Response: Error', 'Message: Invalid/unknown command: PresenceStateList.'],
    ])
    const error = await runAsterisk(t, asteriskOptionsFor(asterisk.port), new ManualClock()).ended
    assert.ok(error !== undefined && !(error instanceof FatalError))
    assert.match(error.message, /res_manager_presencestate\.so/)
  })

  test('to a list that is shorter than announced ends, so that nobody is taken away by it', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t)
    asterisk.answers.set('ExtensionStateList', [
      ['Response: Success', 'EventList: start'],
      ['Event: ExtensionStateListComplete', 'EventList: Complete', 'ListItems: 2'],
    ])
    const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), new ManualClock())
    assert.match((await run.ended)?.message ?? '', /incomplete: 0 of 2 items/)
    assert.equal(run.told.includes('settled'), false)
  })

  test('at a port where nobody listens, or something else, says so', async (t) => {
    const nobody = await runAsterisk(t, asteriskOptionsFor(await freePort()), new ManualClock()).ended
    assert.match(nobody?.message ?? '', /refused; start Asterisk, .*check asterisk_host and asterisk_port/)
    const server = createServer((socket) => socket.end('SSH-2.0-\x1b[31mOpenSSH\r\n')).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const other = await runAsterisk(t, asteriskOptionsFor(address.port), new ManualClock()).ended
    assert.match(other?.message ?? '', /no manager interface of Asterisk: it greets with "SSH-2\.0-\ufffd\[31mOpenSSH"/)
  })
})

describe('TLS', () => {
  test('with the right authority leads to a session', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t, { certificates })
    const options = asteriskOptionsFor(asterisk.port, { tls: true, ca_file: certificates.caFile })
    const run = runAsterisk(t, options, new ManualClock())
    await run.settled()
    assert.match(run.told[0] ?? '', /TLSv1\.3/)
    await run.stop()
  })

  for (const [what, more, told] of [
    [
      'another authority',
      () => ({ ca_file: certificates.strangerCaFile }),
      /no authority that is trusted here; set asterisk_ca_file/,
    ],
    ['no authority', () => ({ ca_file: undefined }), /no authority that is trusted here; set asterisk_ca_file/],
    ['an unreadable file', () => ({ ca_file: join(folder, 'nothing') }), /asterisk_ca_file can't be read/],
    ['a file that holds none', () => ({ ca_file: certificates.keyFile }), /holds no certificate/],
    [
      'another name',
      () => ({ ca_file: certificates.caFile, host: '127.0.0.2' }),
      /certificate is not for 127\.0\.0\.2/,
    ],
  ] as const) {
    test(`with ${what} sends nothing`, async (t) => {
      const asterisk = await ScriptedAsterisk.start(t, { certificates })
      const server = createServer()
      t.after(() => server.close())
      let port = asterisk.port
      if (what === 'another name') {
        // The same server under an address that its certificate does not name.
        port = await new Promise<number>((resolve) => {
          server.on('connection', (socket) => {
            const further = connect(asterisk.port, '127.0.0.1')
            for (const end of [socket, further]) end.on('error', () => {})
            socket.pipe(further).pipe(socket)
          })
          server.listen(0, '127.0.0.2', () => resolve((server.address() as { port: number }).port))
        })
      }
      const error = await runAsterisk(t, asteriskOptionsFor(port, { tls: true, ...more() }), new ManualClock()).ended
      assert.ok(error instanceof FatalError)
      assert.match(error.message, told)
      assert.deepEqual(asterisk.actions, [])
    })
  }

  test('to a port that does not speak it, and the other way round, names the options', async (t) => {
    const plain = await ScriptedAsterisk.start(t)
    const secure = runAsterisk(t, asteriskOptionsFor(plain.port, { tls: true }), new ManualClock())
    assert.match((await secure.ended)?.message ?? '', /TLS failed .*asterisk_port is the one of tlsbindaddr/)
    const encrypted = await ScriptedAsterisk.start(t, { certificates })
    const clock = new ManualClock()
    const open = runAsterisk(t, asteriskOptionsFor(encrypted.port), clock)
    for (let running = true; running; clock.advance(STEP)) {
      const turn = new Promise((resolve) => setTimeout(resolve, 20, 'running'))
      running = (await Promise.race([open.ended, turn])) === 'running'
    }
    assert.match((await open.ended)?.message ?? '', /check asterisk_port and asterisk_tls/)
  })
})

describe('a server that falls silent is given up at', () => {
  /** Real sockets under a clock that stands: they need turns of the loop. */
  const turns = async (times = 30) => {
    for (let turn = 0; turn < times; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  for (const { at, patience, waitsFor } of [
    { at: 'greeting', patience: STEP, waitsFor: /greeting of the manager interface/ },
    { at: 'Challenge', patience: STEP, waitsFor: /the challenge/ },
    { at: 'Login', patience: STEP, waitsFor: /the answer to the login/ },
    { at: 'DeviceStateList', patience: LISTS_PATIENCE, waitsFor: /the lists of states/ },
    { at: 'ExtensionStateList', patience: LISTS_PATIENCE, waitsFor: /the lists of states/ },
  ]) {
    test(`${at}, after a stated time and not before`, async (t) => {
      const asterisk = await ScriptedAsterisk.start(t)
      asterisk.silentAt.add(at)
      const clock = new ManualClock()
      const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), clock)
      if (at === 'greeting') while (asterisk.connections === 0) await turns(1)
      else await asterisk.received(at)
      await turns()
      // Pings are answered on the way.
      for (let waited = 0, pings = 0; waited < patience - 1; ) {
        const step = Math.min(IDLE, patience - 1 - waited)
        clock.advance(step)
        waited += step
        if (step === IDLE) {
          pings += 1
          await asterisk.received('Ping', pings)
        }
        await turns()
      }
      const early = await Promise.race([run.ended, new Promise((resolve) => setImmediate(resolve, 'running'))])
      assert.equal(early, 'running')
      clock.advance(1)
      assert.match((await run.ended)?.message ?? '', waitsFor)
      while (asterisk.connections > 0) await turns(1)
    })

    test(`${at}, when the run is stopped`, async (t) => {
      const asterisk = await ScriptedAsterisk.start(t)
      asterisk.silentAt.add(at).add('Logoff')
      const clock = new ManualClock()
      const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), clock)
      if (at === 'greeting') while (asterisk.connections === 0) await turns(1)
      else await asterisk.received(at)
      const stopped = run.stop()
      clock.advance(1_000)
      await stopped
      assert.equal(await run.ended, undefined)
      while (asterisk.connections > 0) await turns(1)
    })
  }

  test('any time: a link that carries nothing more is noticed by a ping', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t)
    const clock = new ManualClock()
    const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), clock)
    await run.settled()
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(IDLE)
      await asterisk.received('Ping', round)
      await turns()
    }
    asterisk.silentAt.add('Ping')
    clock.advance(IDLE)
    await asterisk.received('Ping', 4)
    clock.advance(PING_PATIENCE - 1)
    assert.equal(await Promise.race([run.ended, turns().then(() => 'running')]), 'running')
    clock.advance(1)
    assert.match((await run.ended)?.message ?? '', /does not answer any more/)
  })

  test('the boot: without FullyBooted after a minute', async (t) => {
    const asterisk = await ScriptedAsterisk.start(t)
    asterisk.booted = false
    const clock = new ManualClock()
    const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), clock)
    await run.until(() => run.told.length > 0)
    for (let waited = 0; waited < BOOT_PATIENCE; waited += IDLE) {
      clock.advance(IDLE)
      await turns()
    }
    assert.match((await run.ended)?.message ?? '', /Asterisk to finish booting/)
    assert.equal(run.told.length, 1)
  })
})

describe('what no manager interface sends', () => {
  for (const [what, bytes, told] of [
    ['a giant line', `Event: X\r\nA: ${'x'.repeat(70_000)}`, /a line of more than/],
    ['an endless message', 'A: b\r\n'.repeat(2_000), /a message of more than/],
  ] as const) {
    test(`${what} ends the session`, async (t) => {
      const asterisk = await ScriptedAsterisk.start(t)
      const run = runAsterisk(t, asteriskOptionsFor(asterisk.port), new ManualClock())
      await run.settled()
      asterisk.raw(bytes)
      assert.match((await run.ended)?.message ?? '', told)
    })
  }
})
