// One person on Prosody, InspIRCd, Asterisk and a web client: one document, right again after each of them is killed, in every order.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { decided } from '../support/combined-rule.ts'
import { type Daemon, type Section, startDaemon } from '../support/daemon.ts'
import { startInspircd } from '../support/inspircd.ts'
import { ircConfig } from '../support/irc-suite.ts'
import { IrcUser } from '../support/irc-user.ts'
import { startProsody } from '../support/prosody.ts'
import { PRESENCE_USER, ScriptedAsterisk } from '../support/scripted-asterisk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { online, xmppConfig } from '../support/xmpp-suite.ts'
import type { XmppUser } from '../support/xmpp-user.ts'

const MARK = 'mark@example.test'
const ORDER = ['xmpp', 'irc', 'asterisk', 'spreed'] as const
type Name = (typeof ORDER)[number]
const COLLECTORS: readonly Name[] = ['xmpp', 'irc', 'asterisk']

/** What each source says of him while it lives, and once it is dead for longer than its grace. */
const ALIVE: Readonly<Record<Name, string>> = {
  xmpp: 'busy: at the desk',
  irc: 'away: lunch',
  asterisk: 'busy: ',
  spreed: 'available: chatty',
}
const DEAD = (name: Name): string => (name === 'spreed' ? 'unavailable: ' : 'unavailable:  (stale)')

interface System {
  /** It dies, without a word. */
  kill(): Promise<void>
  /** It is there again, and so is Mark. */
  revive(): Promise<void>
}

interface World {
  readonly daemon: Daemon
  readonly systems: Readonly<Record<Name, System>>
}

async function world(t: TestContext): Promise<World> {
  const prosody = await startProsody({ users: ['mark'] })
  t.after(() => prosody.stop())
  const inspircd = await startInspircd()
  t.after(() => inspircd.stop())
  const pbx = await ScriptedAsterisk.start(t)
  pbx.hints.set('110', { context: 'ext-local', hint: 'PJSIP/110' })
  pbx.devices.set('PJSIP/110', 'INUSE')
  const map = join(temporaryFolder(t), 'users.map')
  writeFileSync(map, `asterisk 110 = ${MARK}\nirc markd = ${MARK}\n`)
  const { name: asterisk_username, secret: asterisk_password } = PRESENCE_USER
  const daemon = await startDaemon({
    config: {
      ...{ plugins: ORDER.join(' '), user_map_file: map, spreed_auto_unavailable: 0.02 },
      ...xmppConfig(prosody),
      ...ircConfig(inspircd),
      ...{ asterisk_port: pbx.port, asterisk_username, asterisk_password },
      ...{ xmpp_grace: 1, irc_grace: 1, asterisk_grace: 1 },
    },
  })
  t.after(() => daemon.stop())
  return {
    daemon,
    systems: { ...peopleOn(t, prosody, inspircd), asterisk: asteriskOf(pbx), spreed: webClient(t, daemon) },
  }
}

type Servers = [prosody: Awaited<ReturnType<typeof startProsody>>, inspircd: Awaited<ReturnType<typeof startInspircd>>]

function peopleOn(t: TestContext, ...[prosody, inspircd]: Servers): Pick<World['systems'], 'xmpp' | 'irc'> {
  const alive = { xmpp: true, irc: true }
  let xmppUser: XmppUser | undefined
  let ircUser: IrcUser | undefined
  t.after(() => {
    xmppUser?.kill()
    ircUser?.kill()
  })
  return {
    xmpp: {
      async kill() {
        alive.xmpp = false
        await prosody.kill()
      },
      async revive() {
        if (!alive.xmpp) await prosody.start()
        alive.xmpp = true
        xmppUser = await online(prosody, 'mark', { show: 'dnd', status: 'at the desk' })
      },
    },
    irc: {
      async kill() {
        alive.irc = false
        await inspircd.kill()
      },
      async revive() {
        if (!alive.irc) await inspircd.start()
        alive.irc = true
        ircUser = await IrcUser.login(inspircd.port, 'markd')
        await ircUser.ask('AWAY :lunch', / 306 /)
      },
    },
  }
}

function asteriskOf(pbx: ScriptedAsterisk): System {
  let alive = true
  return {
    async kill() {
      alive = false
      await pbx.kill()
    },
    async revive() {
      if (!alive) await pbx.listen()
      alive = true
    },
  }
}

/** Says that he is there, again and again, until it dies. */
function webClient(t: TestContext, daemon: Daemon): System {
  let beating: NodeJS.Timeout | undefined
  const beat = (): Promise<void> =>
    daemon.put([{ user_id: MARK, spreed: { status: 'available', message: 'chatty' } }]).catch(() => {})
  const kill = async (): Promise<void> => clearInterval(beating)
  t.after(kill)
  return {
    kill,
    async revive() {
      await kill()
      await beat()
      beating = setInterval(() => void beat(), 200)
    },
  }
}

const shown = ({ status, message, stale }: Section): string =>
  `${status}: ${message}${stale === true ? ' (stale)' : ''}`

/** Waits until the document is what the living and the dead make of it. */
async function assertRight(daemon: Daemon, dead: ReadonlySet<Name>): Promise<void> {
  const expected = ORDER.map((name) => `${name} ${dead.has(name) ? DEAD(name) : ALIVE[name]}`).join('\n')
  const document = await daemon.documentWhen(
    MARK,
    ({ sources }) =>
      Object.entries(sources)
        .map(([name, section]) => `${name} ${shown(section)}`)
        .join('\n') === expected,
    30_000,
  )
  assert.equal(`${document.status} ${document.source}`, decided(document.sources, ORDER))
}

function permutations(names: readonly Name[]): readonly (readonly Name[])[] {
  if (names.length < 2) return [names]
  return names.flatMap((first) => permutations(names.filter((name) => name !== first)).map((rest) => [first, ...rest]))
}

test('the answer is right after each is killed, in every order of the three servers, with the web client in between', async (t) => {
  const { daemon, systems } = await world(t)
  for (const [round, servers] of permutations(COLLECTORS).entries()) {
    await Promise.all(ORDER.map((name) => systems[name].revive()))
    for (const name of COLLECTORS) await daemon.sourceIs('settled', name, 60_000)
    await assertRight(daemon, new Set())
    const victims: Name[] = [...servers]
    victims.splice(round % (victims.length + 1), 0, 'spreed')
    const dead = new Set<Name>()
    for (const victim of victims) {
      await systems[victim].kill()
      dead.add(victim)
      await assertRight(daemon, dead)
    }
  }
})
