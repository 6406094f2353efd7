// What goes wrong in a round: each fault from its begin until everything is there again.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { FaultName } from './fault-names.ts'
import { GONE } from './role.ts'
import { IrcRole } from './server-roles.ts'
import { GRACE } from './settings.ts'
import type { World } from './world.ts'

export interface Stage {
  readonly world: World
  readonly chance: readonly number[]
  /** People do what they do during the fault; resolves when all is done, which may need the end of the fault. */
  during(): Promise<void>
}

type ServerName = 'xmpp' | 'irc'

/** How long a source may take to notice or to come back, in milliseconds: far beyond any bound. */
const PATIENCE = 120_000

export const faults: Readonly<Record<FaultName, (stage: Stage) => Promise<void>>> = {
  'Prosody is killed, and back before the daemon': (stage) => killed(stage, ['xmpp'], { held: true }),
  'Prosody is killed, and the daemon back before the people': (stage) => killed(stage, ['xmpp'], { held: false }),
  'Prosody is restarted politely': (stage) => killed(stage, ['xmpp'], { held: false, politely: true }),
  'Prosody is stopped until that is noticed': (stage) => stopped(stage, ['xmpp'], () => noticed(stage, 'xmpp')),
  'Prosody and InspIRCd are stopped for a moment': (stage) =>
    stopped(stage, ['xmpp', 'irc'], () => moment(stage, 2, 5)),
  'InspIRCd is killed, and back before the daemon': (stage) => killed(stage, ['irc'], { held: true }),
  'InspIRCd is restarted politely': (stage) => killed(stage, ['irc'], { held: false, politely: true }),
  'InspIRCd is stopped until that is noticed': (stage) => stopped(stage, ['irc'], () => noticed(stage, 'irc')),
  'the links are cut': cut,
  'the link to Prosody swallows everything': (stage) => blackHole(stage, 'xmpp'),
  'the link to InspIRCd swallows everything': (stage) => blackHole(stage, 'irc'),
  'nobody answers for longer than the grace': beyondTheGrace,
  async 'the daemon is killed while people publish'(stage) {
    void stage.during()
    await endWhileWriting(stage, 'SIGKILL')
    await startAndLook(stage.world)
  },
  async 'the daemon is killed again and again'(stage) {
    // Not so often that the grace alone counts.
    for (let life = 0; life < 3; life += 1) {
      await endWhileWriting(stage, 'SIGKILL')
      await startAndLook(stage.world)
    }
    void stage.during()
  },
  async 'the daemon and both servers are killed at once'(stage) {
    await killed(stage, ['xmpp', 'irc'], { held: true, daemonToo: true })
  },
  async 'the daemon is stopped for a moment'({ world, chance, during }) {
    world.daemon.signal('SIGSTOP')
    void during()
    await moment({ chance }, 2, 6)
    world.daemon.signal('SIGCONT')
  },
  async 'the daemon is restarted politely while people publish'(stage) {
    void stage.during()
    const exit = await endWhileWriting(stage, 'SIGTERM')
    assert.deepEqual(exit, { code: 0, signal: null })
    await startAndLook(stage.world)
  },
  async 'the daemon reads its configuration again'(stage) {
    const after = stage.world.daemon.logLines.length
    reconfigure(stage)
    stage.world.daemon.signal('SIGHUP')
    await stage.during()
    for (const source of ['xmpp', 'irc'])
      await stage.world.daemon.waitForLog(new RegExp(`${source}: connecting anew`), { after, timeout: PATIENCE })
  },
  async 'the daemon is killed, and its configuration another when it starts'(stage) {
    await endWhileWriting(stage, 'SIGKILL')
    reconfigure(stage)
    void stage.during()
    await startAndLook(stage.world)
  },
  async 'the watchers are cut off'(stage) {
    const { world, during } = stage
    await written(stage)
    world.front.refuse(true)
    world.front.cut()
    await during()
    await written(stage)
    await Promise.all(world.scribes.map((scribe) => scribe.stop()))
    world.front.refuse(false)
  },
}

/** Somebody on IRC is followed no more, or again; and the xmpp source has another option, so that it connects anew. */
function reconfigure({ world: { servers, daemon, config }, chance: [dice = 0] }: Stage): void {
  const one = servers.irc.people.find((role) => role instanceof IrcRole)
  one?.follow(!one.followed)
  daemon.configure({ ...config(), xmpp_resource: `reloaded-${Math.floor(dice * 1_000_000)}` })
}

interface Killing {
  /** The daemon finds its way closed until everybody is back, so that it can't see anybody missing. */
  readonly held: boolean
  readonly politely?: boolean
  readonly daemonToo?: boolean
}

async function killed(
  stage: Stage,
  names: readonly ServerName[],
  { held, politely, daemonToo }: Killing,
): Promise<void> {
  const { world, during } = stage
  const hosted = names.map((name) => world.servers[name])
  for (const { gate, link } of hosted) {
    gate.close()
    link.refuse(held)
  }
  if (!held) for (const { people } of hosted) for (const one of people) one.lose(true)
  if (daemonToo === true) await endWhileWriting(stage, 'SIGKILL')
  await Promise.all(hosted.map(({ server }) => (politely === true ? server.shutdown() : server.kill())))
  void during()
  await Promise.all(
    hosted.map(async ({ server, people, gate }) => {
      await server.start()
      await Promise.all(people.map((one) => one.comeBack()))
      gate.open()
    }),
  )
  if (daemonToo === true) await startAndLook(world)
  for (const { link } of hosted) link.refuse(false)
}

async function stopped({ world, during }: Stage, names: readonly ServerName[], until: () => Promise<unknown>) {
  const hosted = names.map((name) => world.servers[name])
  for (const { gate, server } of hosted) {
    gate.close()
    server.pause()
  }
  void during()
  try {
    await until()
  } finally {
    for (const { gate, server } of hosted) {
      server.resume()
      gate.open()
    }
  }
}

async function cut({ world: { servers, daemon }, chance: [again = 0], during }: Stage): Promise<void> {
  const links = [servers.xmpp.link, servers.irc.link]
  for (const link of links) link.cut()
  await during()
  if (again < 0.5) return
  // Once more, while the daemon is coming back.
  const before = servers.xmpp.link.accepted()
  await daemon.until(
    async () => servers.xmpp.link.accepted(),
    (count) => count > before || links.every((link) => link.connections() > 0),
    PATIENCE,
  )
  for (const link of links) link.cut()
}

async function blackHole({ world, during }: Stage, name: ServerName): Promise<void> {
  const { link } = world.servers[name]
  link.blackHole(true)
  try {
    await during()
    await world.daemon.sourceIs('lost', name, PATIENCE)
  } finally {
    link.blackHole(false)
  }
}

async function beyondTheGrace({ world, during }: Stage): Promise<void> {
  const begin = performance.now()
  const hosted = [world.servers.xmpp, world.servers.irc]
  for (const { link } of hosted) {
    link.refuse(true)
    link.cut()
  }
  await during()
  const people = hosted.flatMap((one) => one.people)
  const present = async () => {
    const documents = await world.everybody()
    return people.filter(({ person, source }) => {
      const section = documents.get(person)?.sources[source]
      // Of whom the daemon does not follow (now) it says nothing.
      return section !== undefined && `${section.status}: ${section.message}` !== GONE
    }).length
  }
  await world.daemon.until(present, (count) => count === 0, PATIENCE)
  const took = (performance.now() - begin) / 1000
  assert.ok(took < GRACE + 30, `after ${took.toFixed(1)} s without any server the last one was unavailable`)
  for (const { link } of hosted) link.refuse(false)
}

async function moment({ chance: [dice = 0] }: Pick<Stage, 'chance'>, least: number, most: number): Promise<void> {
  await wait((least + dice * (most - least)) * 1000)
}

function noticed({ world }: Stage, name: ServerName): Promise<unknown> {
  return world.daemon.sourceIs('lost', name, PATIENCE)
}

/** Resolves when the scribes, who go on, have had so many acknowledgements as chance wants. */
async function written({ world: { scribes }, chance }: Stage): Promise<void> {
  const wanted = 10 + Math.floor((chance[1] ?? 0) * 90)
  await Promise.all(scribes.map((scribe) => scribe.stop()))
  await new Promise<void>((resolve) => {
    let count = 0
    for (const scribe of scribes) {
      scribe.write(() => {
        count += 1
        if (count === wanted) resolve()
      })
    }
  })
}

async function endWhileWriting(stage: Stage, signal: 'SIGKILL' | 'SIGTERM') {
  await written(stage)
  const exit = await stage.world.daemon.end(signal)
  await Promise.all(stage.world.scribes.map((scribe) => scribe.stop()))
  return exit
}

/** The first answers after a start: nothing is lost that was acknowledged. */
async function startAndLook({ daemon, scribes }: World): Promise<void> {
  await daemon.start()
  for (const scribe of scribes) {
    const loss = scribe.loss(await daemon.document(scribe.person))
    if (loss !== undefined) throw new Error(loss)
  }
}
