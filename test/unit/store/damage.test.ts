// What the embedded store does with a folder or a file that it can't use: one clear sentence, and the file stays as it was.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { open } from 'lmdb'
import { FatalError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import type { Change } from '../../../src/core/store.ts'
import { openEmbeddedStore } from '../../../src/store/embedded.ts'
import { FORMAT_KEY } from '../../../src/store/entry-keys.ts'
import { damage } from '../../../src/store/lmdb-pages.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const PAGE = 4096

describe('the embedded store refuses, and leaves untouched,', () => {
  let sound: Buffer
  before(async () => {
    const path = await mkdtemp(join(tmpdir(), 'kopano-presence-test-'))
    const store = await openEmbeddedStore({ path, sync: false, log: silentLog })
    await store.save(
      Array.from({ length: 2000 }, (_, user) => change(`user ${user}`, user === 7 ? 'long '.repeat(5000) : '')),
    )
    await store.close()
    const content = await readFile(join(path, 'presence.mdb'))
    // Without the zeros that are there for pages to come.
    sound = content.subarray(0, (Number(content.readBigUInt64LE(newerMeta(content) + 144)) + 1) * PAGE)
    await rm(path, { recursive: true })
  })

  const files: readonly [name: string, make: () => Buffer | Promise<Buffer>, sentence: RegExp][] = [
    [
      'a file of a newer format',
      () => withFormat('{"format":2,"epoch":"x"}'),
      /format 2, made by a newer version; .* up to 1: install/,
    ],
    ['a file with a damaged format', () => withFormat('{"form'), /has a damaged format entry; restore it/],
    [
      'a database of something else',
      () => withFormat(undefined),
      /is a database, but not one of presence; move it away/,
    ],
    ['garbage', () => Buffer.alloc(5 * PAGE, 'garbage '), /is not an LMDB database; restore it/],
    ['a few bytes', () => Buffer.from('hello'), /is cut off; restore it/],
    ['a file of zeros', () => Buffer.alloc(5 * PAGE), /is not an LMDB database; restore it/],
    [
      'a file without its second half',
      () => sound.subarray(0, Math.floor(sound.length / PAGE / 2) * PAGE),
      /is cut off; restore it/,
    ],
    [
      'a file without its last page but a bit',
      () => sound.subarray(0, sound.length - PAGE + 100),
      /is cut off; restore it/,
    ],
    [
      'a file with a page overwritten',
      () => overwritten(sound, rootOf(sound)),
      /has a damaged page, number \d+; restore it/,
    ],
    ['a file with a meta page overwritten', () => overwritten(sound, 1), /is not an LMDB database; restore it/],
  ]
  for (const [name, make, sentence] of files) {
    it(name, async (test) => {
      const path = temporaryFolder(test)
      const file = join(path, 'presence.mdb')
      const content = Buffer.from(await make())
      await writeFile(file, content)
      await assert.rejects(openEmbeddedStore({ path, sync: true, log: silentLog }), (error) => {
        assert.ok(error instanceof FatalError)
        assert.match(error.message, sentence)
        assert.ok(error.message.includes(file))
        return true
      })
      assert.ok(content.equals(await readFile(file)), 'the file has changed')
    })
  }

  it('a path that is a file, or leads through one', async (test) => {
    const file = join(temporaryFolder(test), 'file')
    await writeFile(file, 'mine')
    await assert.rejects(openEmbeddedStore({ path: file, sync: true, log: silentLog }), {
      name: 'FatalError',
      message: `cannot make the data folder ${file}: it is a file, not a folder; set data_path to a folder (EEXIST)`,
    })
    await assert.rejects(
      openEmbeddedStore({ path: join(file, 'data'), sync: true, log: silentLog }),
      /a part of it is a file/,
    )
    assert.equal(await readFile(file, 'utf8'), 'mine')
  })

  it('a folder, or a file, that its account may not write', async (test) => {
    const path = temporaryFolder(test)
    const file = join(path, 'presence.mdb')
    await writeFile(file, sound, { mode: 0o644 })
    await chmod(path, 0o555)
    await unprivileged(async () => {
      await assert.rejects(openEmbeddedStore({ path, sync: true, log: silentLog }), {
        name: 'FatalError',
        message: new RegExp(
          `^cannot write in the data folder ${path}: the account .* chown, or set data_path .* \\(EACCES\\)$`,
        ),
      })
    })
    await chmod(path, 0o777)
    await chmod(file, 0o444)
    await unprivileged(async () => {
      await assert.rejects(openEmbeddedStore({ path, sync: true, log: silentLog }), {
        name: 'FatalError',
        message: new RegExp(`^cannot use the database ${file}: the account .* chown`),
      })
    })
    assert.ok(sound.equals(await readFile(file)))
  })

  it('a folder below one that its account may not write', async (test) => {
    const path = temporaryFolder(test)
    await chmod(path, 0o555)
    await unprivileged(async () => {
      await assert.rejects(openEmbeddedStore({ path: join(path, 'data'), sync: true, log: silentLog }), {
        name: 'FatalError',
        message: new RegExp(`^cannot make the data folder ${path}/data: the account of the daemon has no right to it;`),
      })
    })
  })
})

describe('the check of the pages', () => {
  it('finds nothing wrong with whatever the store has written', async (test) => {
    const path = temporaryFolder(test)
    const store = await openEmbeddedStore({ path, sync: false, log: silentLog })
    const file = join(path, 'presence.mdb')
    const saves = fc.array(
      fc.record({
        user: fc.integer({ min: 0, max: 300 }),
        count: fc.integer({ min: 1, max: 60 }),
        message: fc.option(fc.constantFrom(0, 10, 1500, 2100, 9000, 40_000), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(saves, async (group) => {
        for (const { user, count, message } of group) {
          await store.save(
            Array.from({ length: count }, (_, index) => {
              const userId = `user ${user + index}`
              return message === undefined ? { userId, source: 'xmpp' } : change(userId, 'm'.repeat(message))
            }),
          )
        }
        assert.equal(await damage(file), undefined)
      }),
      { numRuns: 60 },
    )
    await store.close()
  })

  it('takes an empty file for the beginning of a new one', async (test) => {
    const path = temporaryFolder(test)
    await writeFile(join(path, 'presence.mdb'), '')
    const store = await openEmbeddedStore({ path, sync: true, log: silentLog })
    await store.close()
  })
})

function change(userId: string, message: string): Change {
  return { userId, source: 'xmpp', presence: { status: 'away', message, since: 1, updated: 2 } }
}

/** An LMDB file with one key, the format; without a text, with another key. */
async function withFormat(text: string | undefined): Promise<Buffer> {
  const path = await mkdtemp(join(tmpdir(), 'kopano-presence-test-'))
  const file = join(path, 'other.mdb')
  const database = open({
    path: file,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  })
  await database.put(text === undefined ? Buffer.from('other') : FORMAT_KEY, Buffer.from(text ?? 'value'))
  await database.close()
  const content = await readFile(file)
  await rm(path, { recursive: true })
  return content
}

function overwritten(content: Buffer, page: number): Buffer {
  return Buffer.from(content).fill(0x5a, page * PAGE, (page + 1) * PAGE)
}

/** The page where the tree of the data begins. */
function rootOf(content: Buffer): number {
  return Number(content.readBigUInt64LE(newerMeta(content) + 136))
}

function newerMeta(content: Buffer): number {
  return content.readBigUInt64LE(152) > content.readBigUInt64LE(PAGE + 152) ? 0 : PAGE
}

/** Does something as an account that has no rights of its own, which root has everywhere. */
async function unprivileged(action: () => Promise<void>): Promise<void> {
  const { seteuid, geteuid } = process
  if (seteuid === undefined || geteuid?.() !== 0) return action()
  seteuid(65534)
  try {
    await action()
  } finally {
    seteuid(0)
  }
}
