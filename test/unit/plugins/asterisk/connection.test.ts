// A connection by itself: how its requests end, and what it keeps of them.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Connection } from '../../../../src/plugins/asterisk/connection.ts'
import { askForLists } from '../../../../src/plugins/asterisk/lists.ts'
import { logIn } from '../../../../src/plugins/asterisk/login.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { ScriptedAsterisk } from '../../../support/scripted-asterisk.ts'

async function connected(t: TestContext): Promise<{ asterisk: ScriptedAsterisk; connection: Connection }> {
  const asterisk = await ScriptedAsterisk.start(t)
  asterisk.devices.set('PJSIP/110', 'INUSE')
  const connection = new Connection()
  t.after(() => connection.fail(new Error('the test is over')))
  const login = { host: '127.0.0.1', port: asterisk.port, source: 'asterisk', tls: false, caFile: undefined }
  await logIn(connection, { ...login, username: 'presence', password: 's3cret', clock: new ManualClock() })
  return { asterisk, connection }
}

test('what is asked of a connection that ends, or has ended, is rejected with its reason', async (t) => {
  const { asterisk, connection } = await connected(t)
  asterisk.silentAt.add('Ping').add('DeviceStateList')
  const asked = [connection.request('Ping'), connection.list('DeviceStateList')]
  const rejected = asked.map((request) => assert.rejects(request, /^Error: it is over$/))
  await asterisk.received('DeviceStateList')
  connection.fail(new Error('it is over'))
  await Promise.all(rejected)
  await assert.rejects(connection.request('Ping'), /^Error: it is over$/)
})

test('a long connection does not keep the lists that were asked for on the way', async (t) => {
  const { connection } = await connected(t)
  const kept: WeakRef<object>[] = []
  const list = connection.list.bind(connection)
  connection.list = async (action) => {
    const listed = await list(action)
    kept.push(new WeakRef(listed.items))
    return listed
  }
  for (let round = 0; round < 4; round += 1) await askForLists(connection, new ManualClock())
  // A weak reference holds its target until the turn of the loop is over.
  await new Promise((resolve) => setImmediate(resolve))
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  // The last round may still stand on the stack.
  assert.deepEqual(
    kept.slice(0, 9).map((items) => items.deref()),
    Array(9).fill(undefined),
  )
})
