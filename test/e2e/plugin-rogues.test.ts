// Plugins of others that break in every way they can: nothing else notices, and /v1/sources tells.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A collector that goes wrong as its option says. */
const ROGUE = `
const wrong = {
  async throws() { throw new Error('thrown at once') },
  async timer(session) {
    session.connected('a system')
    session.settled()
    setTimeout(() => { throw new Error('thrown in a timer') }, 50)
    await new Promise(() => {})
  },
  async promise(session) {
    session.connected('a system')
    void Promise.reject(new Error('a promise that nobody waits for'))
    await new Promise(() => {})
  },
  async deaf(session) {
    session.connected('a system')
    session.publish('deaf@x', { status: 'busy', message: '' })
    session.settled()
    await new Promise(() => {})
  },
  async floods(session) {
    session.connected('a system')
    for (let user = 0; user < 300000; user += 1) session.publish('user' + user, { status: 'unavailable', message: '' })
    wrong.floods = () => Promise.reject(new Error('once is enough: it says more than can be saved'))
    await new Promise(() => {})
  },
  async nonsense(session) {
    session.connected('a system')
    session.publish('ada@x', { status: 'gone' })
  },
}
export default {
  name: 'rogue',
  options: { mode: { help: 'How it goes wrong.', allowed: 'a word', default: '', parse: (text) => text } },
  create({ mode }) {
    if (mode === 'create') throw new Error('thrown while it was made')
    return { grace: 1000, run: wrong[mode] }
  },
}
`

const MODES: Readonly<Record<string, RegExp>> = {
  floods: /not connected: .*it says more than can be saved/,
  create: /the plugin could not be made: thrown while it was made/,
  throws: /not connected: thrown at once/,
  timer: /not connected: its code has thrown out of turn: thrown in a timer/,
  promise: /not connected: its code has thrown out of turn: a promise that nobody waits for/,
  nonsense: /not connected: a plugin published the status gone/,
}

test('a daemon with seven broken plugins serves, tells what is wrong with each, and ends in time', async (t) => {
  const folder = temporaryFolder(t)
  const package_ = join(folder, 'node_modules/kopano-presence-plugin-rogue')
  mkdirSync(package_, { recursive: true })
  writeFileSync(join(package_, 'package.json'), '{ "name": "rogue", "type": "module", "exports": "./index.js" }')
  writeFileSync(join(package_, 'index.js'), ROGUE)
  const names = [...Object.keys(MODES), 'deaf']
  const modes = Object.fromEntries(names.map((name) => [`${name}_mode`, name]))
  const plugins = `spreed ${names.map((name) => `${name}=rogue`).join(' ')}`
  const daemon = await startDaemon({ config: { plugins, plugin_path: folder, ...modes } })
  t.after(() => daemon.stop())

  for (const [name, words] of Object.entries(MODES)) {
    const find = async () => (await daemon.sources()).find((source) => source.name === name)
    await daemon.until(find, (source) => words.test(source?.detail ?? ''))
    await daemon.put([{ user_id: 'ada@x', spreed: { status: 'available', message: name } }])
    const [entry] = await daemon.get(['ada@x'])
    assert.deepEqual(entry?.spreed, { status: 'available', message: name })
  }
  // What it says waits behind what floods.
  await daemon.sourceIs('settled', 'deaf', 60_000)
  assert.equal((await daemon.document('deaf@x')).status, 'busy')

  await daemon.until(
    async () => (await daemon.document('user199999')).source,
    (source) => source === 'floods',
  )
  const begin = performance.now()
  const exit = await daemon.stop()
  assert.ok(
    performance.now() - begin < 5_000,
    'it ends within five seconds, although a plugin does not hear its signal',
  )
  assert.equal(exit?.code, 0)
})
