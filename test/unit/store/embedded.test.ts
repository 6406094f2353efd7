// The embedded store under what can happen to a machine: killed processes, full disks, and what a resolved save is worth.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedStore } from '../../../src/store/embedded.ts'
import { type Child, startChild } from '../../support/children.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const CHILD = ['--import', 'tsx', fileURLToPath(new URL('saving-child.ts', import.meta.url))]

/** Where a commit can fail: in the flush of its pages, and in the root page, which is written in 128 bytes through its own descriptor. */
const FLUSHES = [
  { name: 'flushed', call: 'fdatasync', when: '9+10', injected: / fdatasync\(.*\(INJECTED\)$/m },
  {
    name: 'wrote the root page',
    call: 'pwrite64',
    when: '13',
    injected: / pwrite64\(.*, 128, \d+\) .*\(INJECTED\)$/m,
  },
]

describe('the embedded store', () => {
  for (const sync of ['sync', 'nosync']) {
    it(`has lost nothing of what it said is saved when its process was killed (${sync})`, async (test) => {
      const path = temporaryFolder(test)
      const child = await startChild(process.execPath, [...CHILD, path, sync, '1000000', '20'])
      await child.waitForLine(/^saved 100$/)
      await child.end('SIGKILL')
      const said = child.lines.filter((line) => line.startsWith('saved ')).length
      const found = await users(path)
      assert.ok(said > 100)
      // The last one may have been saved without being said.
      assert.ok(
        found.length === said || found.length === said + 1,
        `${said} were said to be saved, ${found.length} are there`,
      )
      assert.deepEqual(
        found.slice(0, said),
        Array.from({ length: said }, (_, user) => `user ${user}`),
      )
    })
  }

  it('says that something is saved only after the disk has it, root page included', async (test) => {
    const path = temporaryFolder(test)
    const trace = join(path, 'trace')
    const calls = 'trace=write,writev,pwrite64,pwritev,fdatasync,fsync,msync,openat'
    const child = await startChild('strace', [
      '-f',
      '-y',
      '-o',
      trace,
      '-e',
      calls,
      process.execPath,
      ...CHILD,
      path,
      'sync',
      '3',
    ])
    assert.equal((await child.exited).code, 0, child.lines.join('\n'))
    const events = eventsOf(await readFile(trace, 'utf8'))
    assert.match(events.join(' '), /^(saving pages flush root saved ?){3}$/)
  })

  it('refuses to save while the disk is full, keeps what it has, and saves again once there is room', async (test) => {
    const path = temporaryFolder(test)
    // A limit on the size of files stands for the full disk; the signal that comes with it is ignored, as the error is what counts.
    const limited = `trap '' XFSZ; ulimit -S -f 1500; exec "$@"`
    const program = [process.execPath, ...CHILD, path, 'sync', '100', '10000']
    const child = await startChild('bash', ['-c', limited, 'bash', ...program])
    test.after(() => child.end('SIGKILL'))
    const [, refused = ''] = await child.waitForLine(/^failed (\d+) .*presence\.mdb cannot be written: .*/)
    assert.ok(Number(refused) > 3)
    await goOn(child, new RegExp(`^failed ${refused} `))
    await promisify(execFile)('prlimit', ['--pid', String(child.pid), '--fsize=unlimited'])
    await goOn(child, new RegExp(`^saved ${refused}$`))
    assert.equal((await child.exited).code, 0, child.lines.join('\n'))
    assert.equal((await users(path)).length, 100)
  })

  for (const step of FLUSHES) {
    it(`goes on after the disk has failed while it ${step.name}`, { timeout: 60_000 }, async (test) => {
      const path = temporaryFolder(test)
      const trace = join(path, 'trace')
      const only = [
        '-f',
        '-y',
        '-o',
        trace,
        '-P',
        join(path, 'presence.mdb'),
        '-e',
        `inject=${step.call}:error=EIO:when=${step.when}`,
      ]
      // Calls are counted for each thread; there shall be one.
      const options = { env: { UV_THREADPOOL_SIZE: '1' } }
      const child = await startChild('strace', [...only, process.execPath, ...CHILD, path, 'sync', '40'], options)
      const [, pid] = await child.waitForLine(/^process (\d+)$/)
      test.after(() => child.running() && process.kill(Number(pid), 'SIGKILL'))
      await goOnUntilSaved(child, Number(pid), 39)
      assert.equal((await child.exited).code, 0, child.lines.join('\n'))
      assert.match(await readFile(trace, 'utf8'), step.injected)
      assert.deepEqual(
        await users(path),
        Array.from({ length: 40 }, (_, user) => `user ${user}`),
      )
    })
  }

  it('refuses a data folder that another process uses, and takes over from one that was killed', async (test) => {
    const path = temporaryFolder(test)
    const child = await startChild(process.execPath, [...CHILD, path, 'nosync', '1000000'])
    await child.waitForLine(/^saved 0$/)
    await assert.rejects(users(path), {
      name: 'FatalError',
      message: new RegExp(`${path} is in use by process ${child.pid};`),
    })
    await child.end('SIGKILL')
    await users(path)
  })

  it('does not take a process for the holder that only has the same number', async (test) => {
    const path = temporaryFolder(test)
    await writeFile(join(path, 'presence.holder'), `${process.pid} 1\n`)
    await users(path)
  })

  it('keeps its folder and its files to the account of the daemon', async (test) => {
    const path = join(temporaryFolder(test), 'var', 'presence')
    await users(path)
    assert.equal((await stat(path)).mode & 0o777, 0o700)
    for (const name of ['presence.mdb', 'presence.mdb-lock']) {
      assert.equal((await stat(join(path, name))).mode & 0o777, 0o600, name)
    }
  })

  it('lets the event loop run while it loads', async (test) => {
    const store = await openEmbeddedStore({ path: temporaryFolder(test), sync: false, log: silentLog })
    test.after(() => store.close())
    const presence = { status: 'away', message: '', since: 1, updated: 1 } as const
    await store.save(
      Array.from({ length: 10_000 }, (_, user) => ({ userId: `user ${user}`, source: 'xmpp', presence })),
    )
    let turns = 0
    const count = (): NodeJS.Immediate =>
      setImmediate(() => {
        turns += 1
        counting = count()
      })
    let counting = count()
    for await (const _ of store.load());
    clearImmediate(counting)
    assert.ok(turns >= 4, `${turns} turns`)
  })

  it('gives everything as it was when the first entry was asked for, whatever is saved and closed meanwhile', async (test) => {
    const store = await openEmbeddedStore({ path: temporaryFolder(test), sync: false, log: silentLog })
    test.after(() => store.close())
    const presence = { status: 'away', message: '', since: 1, updated: 1 } as const
    const everybody = Array.from({ length: 5000 }, (_, user) => ({ userId: `user ${user}`, source: 'xmpp', presence }))
    await store.save(everybody)
    const reading = store.load()
    const versions = [(await reading.next()).value?.version]
    for (let round = 0; round < 3; round += 1) {
      await store.save(everybody.map((change) => ({ ...change, presence: { ...presence, message: `${round}` } })))
    }
    await store.save(everybody.slice(3000).map(({ userId, source }) => ({ userId, source })))
    for await (const { version } of reading) versions.push(version)
    assert.equal(versions.length, 5000)
    assert.ok(versions.every((version) => version !== undefined && version <= 5000))

    const cut = store.load()
    await cut.next()
    await store.close()
    await assert.rejects(async () => {
      for await (const _ of cut);
    }, /was closed/)
  })

  it('has one epoch for as long as its database lives', async (test) => {
    const [path, other] = [temporaryFolder(test), temporaryFolder(test)]
    assert.equal(await epoch(path), await epoch(path))
    assert.notEqual(await epoch(path), await epoch(other))
  })
})

/** The ids of all users, in the order in which they were saved. */
async function users(path: string): Promise<string[]> {
  const store = await openEmbeddedStore({ path, sync: true, log: silentLog })
  const entries = []
  for await (const entry of store.load()) entries.push(entry)
  await store.close()
  return entries.sort((a, b) => a.version - b.version).map(({ userId }) => userId)
}

async function epoch(path: string): Promise<string> {
  const store = await openEmbeddedStore({ path, sync: true, log: silentLog })
  await store.close()
  return store.epoch
}

async function goOn(child: Child, expected: RegExp): Promise<void> {
  const after = child.lines.length
  child.signal('SIGUSR2')
  await child.waitForLine(expected, { after })
}

/** Lets the child try again whenever a save has failed, until it has saved this user. */
async function goOnUntilSaved(child: Child, pid: number, user: number): Promise<void> {
  for (let after = 0; ; ) {
    const [found] = await child.waitForLine(new RegExp(`^failed .*|^saved ${user}$`), { after })
    if (!found.startsWith('failed')) return
    after = child.lines.indexOf(found, after) + 1
    process.kill(pid, 'SIGUSR2')
  }
}

/** What the traced process did, from its first "saving" on, repeats left out: saving, pages, flush, root, saved. */
function eventsOf(trace: string): string[] {
  const events: string[] = []
  /** Calls that another thread's line interrupted, by thread. */
  const begun = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (text.endsWith('<unfinished ...>')) {
      begun.set(thread, text.replace(/ *<unfinished \.\.\.>$/, ''))
      continue
    }
    // A call counts when it has returned; its arguments are those of its beginning.
    const call = text.startsWith('<... ') ? (begun.get(thread) ?? '') + text.replace(/^<\.\.\. .* resumed>/, '') : text
    const event = eventOf(call)
    if (event !== undefined && event !== events.at(-1) && (events.length > 0 || event === 'saving')) events.push(event)
  }
  return events.slice(0, events.lastIndexOf('saved') + 1)
}

/** The file descriptor on which every write waits for the disk. */
let rootDescriptor = ''

function eventOf(call: string): string | undefined {
  const said = /^write\(1<.*>, "(saving|saved) /.exec(call)
  if (said !== null) return said[1]
  const opened = /^openat\(.*presence\.mdb", .*O_DSYNC.* = (\d+)/.exec(call)
  if (opened?.[1] !== undefined) rootDescriptor = opened[1]
  const [, name, descriptor] =
    /^(writev|pwrite64|pwritev|fdatasync|fsync|msync)\((\d+)<.*presence\.mdb>.* = \d+/.exec(call) ?? []
  if (name === undefined) return undefined
  if (!name.includes('write')) return 'flush'
  return descriptor === rootDescriptor ? 'root' : 'pages'
}
