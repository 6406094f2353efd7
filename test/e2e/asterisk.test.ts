// The whole daemon before a scripted Asterisk: killed and restarted, silent, twice under two names, over TLS.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { makeCertificates } from '../support/certificates.ts'
import { type ConfigLines, type Daemon, startDaemon } from '../support/daemon.ts'
import { type AsteriskSetup, PRESENCE_USER, ScriptedAsterisk } from '../support/scripted-asterisk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function office(t: TestContext, setup: AsteriskSetup = {}): Promise<ScriptedAsterisk> {
  const asterisk = await ScriptedAsterisk.start(t, setup)
  for (const exten of ['110', '111', '112']) {
    asterisk.hints.set(exten, {
      context: 'ext-local',
      hint: `PJSIP/${exten}&Custom:DND${exten},CustomPresence:${exten}`,
    })
    asterisk.devices.set(`Custom:DND${exten}`, 'NOT_INUSE')
  }
  asterisk.devices.set('PJSIP/110', 'INUSE').set('PJSIP/111', 'NOT_INUSE').set('PJSIP/112', 'UNAVAILABLE')
  return asterisk
}

async function daemonFor(t: TestContext, asterisk: ScriptedAsterisk, more: ConfigLines = {}): Promise<Daemon> {
  const { name, secret } = PRESENCE_USER
  const config = {
    ...{ plugins: 'asterisk spreed', asterisk_port: asterisk.port, asterisk_domain: 'example.test' },
    ...{ asterisk_username: name, asterisk_password: secret, ...more },
  }
  const daemon = await startDaemon({ config })
  t.after(() => daemon.stop())
  return daemon
}

/** Waits until the source says this of an extension (or nothing), and that it is no old news. */
function says(daemon: Daemon, exten: string, status: string | undefined, source = 'asterisk'): Promise<unknown> {
  return daemon.documentWhen(`${exten}@example.test`, ({ sources }) => {
    const section = sources[source]
    return section?.status === status && section?.stale !== true
  })
}

/** Notes every change of what is said of an extension, until it is called. */
function observed(daemon: Daemon, exten: string): () => Promise<readonly string[]> {
  const seen: string[] = []
  let over = false
  const watch = async () => {
    while (!over) {
      const { status } = await daemon.document(`${exten}@example.test`)
      if (seen.at(-1) !== status) seen.push(status)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const done = watch()
  return async () => {
    over = true
    await done
    return seen
  }
}

function assertNoSecret(daemon: Daemon): void {
  for (const line of daemon.logLines) assert.equal(line.includes(PRESENCE_USER.secret), false, line)
}

describe('the daemon before Asterisk', () => {
  for (const how of ['killed', 'restarted'] as const) {
    test(`${how}: users are stale, then as they are, and nobody flickers or stays`, async (t) => {
      const asterisk = await office(t)
      const daemon = await daemonFor(t, asterisk)
      await daemon.sourceIs('settled', 'asterisk')
      await says(daemon, '110', 'busy')
      await says(daemon, '112', 'unavailable')
      const seen = observed(daemon, '110')
      if (how === 'killed') await asterisk.kill()
      else await asterisk.shutDown(true)
      await daemon.documentWhen('110@example.test', ({ stale, status }) => stale && status === 'busy')
      await daemon.waitForLog(
        how === 'killed' ? /\[warning\] asterisk: .*next attempt/ : /asterisk: .*Asterisk restarts; next attempt/,
      )
      // It comes back without one of the hints, with one phone off, and is not ready yet.
      asterisk.hints.delete('111')
      asterisk.devices.set('PJSIP/112', 'NOT_INUSE')
      asterisk.booted = false
      await asterisk.listen()
      await daemon.sourceIs('settling', 'asterisk')
      await asterisk.received('Login', 2)
      assert.equal((await daemon.document('110@example.test')).status, 'busy')
      asterisk.boot()
      await daemon.sourceIs('settled', 'asterisk')
      await says(daemon, '111', undefined)
      await says(daemon, '112', 'available')
      await says(daemon, '110', 'busy')
      assert.deepEqual(await seen(), ['busy'])
      await daemon.waitForLog(/asterisk: connected again, and everybody is known/)
      assertNoSecret(daemon)
    })
  }

  test('gone for good: users are unavailable after the grace', async (t) => {
    const asterisk = await office(t)
    const daemon = await daemonFor(t, asterisk, { asterisk_grace: 1 })
    await says(daemon, '110', 'busy')
    await asterisk.kill()
    await daemon.documentWhen('110@example.test', ({ status }) => status === 'unavailable', 5_000)
    assert.match((await daemon.sourceIs('lost', 'asterisk')).detail, /^not connected: 127\.0\.0\.1:\d+: /)
  })

  test('asks anew by the clock, and finds what nobody told', async (t) => {
    const asterisk = await office(t)
    const daemon = await daemonFor(t, asterisk, { asterisk_resync_interval: 5 })
    await says(daemon, '111', 'available')
    asterisk.hints.delete('111')
    await says(daemon, '111', undefined)
  })

  test('twice under two names, each with its own users and words', async (t) => {
    const [one, two] = [await office(t, { split: 'random' }), await office(t)]
    two.devices.set('PJSIP/110', 'NOT_INUSE')
    const daemon = await daemonFor(t, one, {
      plugins: 'asterisk branch=asterisk spreed',
      ...{
        branch_port: two.port,
        branch_username: 'presence',
        branch_password: 'wrong-one',
        branch_domain: 'example.test',
      },
    })
    await says(daemon, '110', 'busy')
    await daemon.waitForLog(/\[error\] branch: .*check branch_username and branch_password/)
    assert.equal(
      daemon.logLines.some((line) => line.includes('wrong-one')),
      false,
    )
    daemon.configure({
      ...{ plugins: 'asterisk branch=asterisk spreed', asterisk_port: one.port, asterisk_domain: 'example.test' },
      ...{ asterisk_username: 'presence', asterisk_password: PRESENCE_USER.secret, branch_port: two.port },
      ...{ branch_username: 'presence', branch_password: PRESENCE_USER.secret, branch_domain: 'example.test' },
    })
    daemon.signal('SIGHUP')
    await says(daemon, '110', 'available', 'branch')
    await says(daemon, '110', 'busy')
    assertNoSecret(daemon)
  })

  test('over TLS, with the user map, told in words', async (t) => {
    const folder = temporaryFolder(t)
    const certificates = await makeCertificates(folder, ['pbx.example.test'])
    const asterisk = await office(t, { certificates })
    const map = join(folder, 'users')
    writeFileSync(map, 'asterisk 111 = eva@example.test\n')
    const daemon = await daemonFor(t, asterisk, {
      ...{ asterisk_tls: 'yes', asterisk_ca_file: certificates.caFile, user_map_file: map },
      asterisk_user_map: '110=markd@example.test',
    })
    await says(daemon, 'markd', 'busy')
    await says(daemon, 'eva', 'available')
    const { detail, users } = await daemon.sourceIs('settled', 'asterisk')
    assert.equal(users, 3)
    assert.match(
      detail,
      /^presence at 127\.0\.0\.1:\d+, Asterisk Call Manager\/12\.0\.0, TLSv1\.3, 3 users by 3 hints in ext-local, no line maps 112 \(known as EXTENSION@example\.test\)$/,
    )
  })
})
