// A database that is cut off or damaged anywhere: it opens with everybody in it, or is refused with a sentence, and never ends the process.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedStore } from '../../../src/store/embedded.ts'
import { startChild } from '../../support/children.ts'
import { CleanUps } from '../../support/clean-ups.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { Came, Damage } from './opening-child.ts'

const PAGE = 4096
const USERS = 2000
const CHILD = new URL('./opening-child.ts', import.meta.url).pathname
/** How many of each kind: enough to meet every kind of page, few enough to be quick. */
const PLACES = 20
/** The file goes on beyond, with zeros. */
const USED_PAGES = 90

/** What became of each damage, in a process of its own, which a signal would end. */
async function outcomes(t: TestContext, sound: string, damages: readonly Damage[]): Promise<readonly Came[]> {
  const path = temporaryFolder(t)
  const list = join(path, 'damages.json')
  writeFileSync(list, JSON.stringify(damages))
  const child = await startChild(process.execPath, ['--import', import.meta.resolve('tsx'), CHILD, sound, path, list])
  const { code, signal } = await child.exited
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `it ended at ${child.lines.slice(-3).join('\n')}`)
  const came = child.lines.filter((line) => line.startsWith('{"damage"')).map((line) => JSON.parse(line) as Came)
  assert.equal(came.length, damages.length)
  for (const { error, sentence = '', damage } of came) {
    if (error === undefined) continue
    assert.equal(error, 'FatalError', `${JSON.stringify(damage)}: ${sentence}`)
    assert.match(sentence, /presence\.mdb.*; (restore it from a backup, or move it away|move it away|install that)/)
  }
  return came
}

describe('a database', () => {
  const cleanUps = new CleanUps()
  after(cleanUps.run)
  let sound = ''
  let length = 0
  before(async () => {
    const path = temporaryFolder(cleanUps as unknown as TestContext)
    const store = await openEmbeddedStore({ path, sync: false, log: silentLog })
    const presence = { status: 'away', message: '', since: 1, updated: 2 } as const
    for (let part = 0; part < 4; part += 1) {
      const changes = Array.from({ length: USERS / 4 }, (_, index) => ({
        ...{ userId: `user ${index * 4 + part}`, source: 'xmpp' },
        presence: { ...presence, message: index === 7 ? 'long '.repeat(2000) : '' },
      }))
      await store.save(changes)
    }
    await store.close()
    sound = join(path, 'presence.mdb')
    length = readFileSync(sound).length
  })

  it('that is cut off at any page, or anywhere, has everybody or is refused', async (t) => {
    const random = seededRandom(5)
    const lengths = Array.from({ length: USED_PAGES }, (_, page) => page * PAGE)
    lengths.push(length)
    for (let count = 0; count < PLACES; count += 1) lengths.push(Math.floor(random() * length))
    const came = await outcomes(
      t,
      sound,
      lengths.map((one) => ({ length: one })),
    )
    // One without a byte is a new one.
    for (const { users, damage } of came) assert.ok(users === undefined || damage.length === 0 || users === USERS)
    assert.ok(came.some(({ users }) => users === USERS) && came.some(({ error }) => error !== undefined))
  })

  it('with bytes changed anywhere opens or is refused', async (t) => {
    const random = seededRandom(6)
    const used = USED_PAGES * PAGE
    const bytesOf = (count: number) => {
      return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256))).toString('hex')
    }
    const damages = Array.from({ length: 4 * PLACES }, (_, count) => ({
      at: Math.floor(random() * used),
      bytes: bytesOf(count % 4 === 0 ? 512 : 2),
    }))
    // Where a page tells what it is, and where its entries are.
    for (let page = 0; page < USED_PAGES; page += 1) {
      damages.push({ at: page * PAGE + 16 + Math.floor(random() * 16), bytes: bytesOf(1) })
    }
    const came = await outcomes(t, sound, damages)
    assert.ok(came.some(({ error }) => error !== undefined))
  })
})
