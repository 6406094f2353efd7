// Recognisable secrets in every option that takes one, logins that succeed and fail, at the highest log level: none is found anywhere.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { createToken } from '../../src/core/tokens.ts'
import { startChild } from '../support/children.ts'
import { type ConfigLines, startDaemon } from '../support/daemon.ts'
import { startNgircd } from '../support/ngircd.ts'
import { startProsody } from '../support/prosody.ts'
import { PRESENCE_USER, ScriptedAsterisk } from '../support/scripted-asterisk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const ADA = 'ada@example.test'

/** By what they are for; each has letters that no other text here has. */
const SECRETS = {
  key: 'Kq7key-of-the-daemon',
  previous: 'Kq7previous-key',
  auth: 'Kq7old-basic-word',
  board: 'Kq7board-word',
  xmpp: 'Kq7xmpp-right',
  xmppWrong: 'Kq7xmpp-wrong',
  pbx: 'Kq7pbx-right',
  pbxWrong: 'Kq7pbx-wrong',
  irc: 'Kq7irc-right',
  ircWrong: 'Kq7irc-wrong',
  sasl: 'Kq7sasl-word',
  unfinished: 'Kq7line-without-equals',
} as const

const folder = temporaryFolder({ after })
const prosody = await startProsody()
after(() => prosody.stop())
await prosody.addUser('watcher', SECRETS.xmpp)
const ngircd = await startNgircd({ password: SECRETS.irc })
after(() => ngircd.stop())
const pbx = await ScriptedAsterisk.start({ after }, { user: { ...PRESENCE_USER, secret: SECRETS.pbx } })

/** The sources of each protocol: one that may, and one with a wrong password. */
function sources(): ConfigLines {
  const inFile = (name: string, secret: string) => {
    writeFileSync(`${folder}/${name}`, `${secret}\n`, { mode: 0o600 })
    return `${folder}/${name}`
  }
  const lines: Record<string, string | number> = {}
  const source = (name: string, options: ConfigLines) => {
    for (const [option, value] of Object.entries(options)) lines[`${name}_${option}`] = value
  }
  const xmpp = {
    jid: `watcher@${prosody.domain}`,
    host: prosody.host,
    port: prosody.port,
    ca_file: prosody.caFile,
  }
  source('xmpp', { ...xmpp, password_file: inFile('xmpp', SECRETS.xmpp) })
  source('xmppbad', { ...xmpp, resource: 'other', password: SECRETS.xmppWrong })
  const asterisk = { port: pbx.port, username: PRESENCE_USER.name }
  source('asterisk', { ...asterisk, password_file: inFile('pbx', SECRETS.pbx) })
  source('pbxbad', { ...asterisk, password: SECRETS.pbxWrong })
  const irc = { server: ngircd.host, port: ngircd.port, tls: 'no', user_map: 'markd=mark@example.test' }
  source('irc', { ...irc, server_password_file: inFile('irc', SECRETS.irc) })
  source('ircbad', { ...irc, nick: 'other', server_password: SECRETS.ircWrong })
  source('ircsasl', { ...irc, nick: 'third', server_password: SECRETS.irc })
  source('ircsasl', { sasl_username: 'bot', sasl_password: SECRETS.sasl })
  return lines
}

const daemon = await startDaemon({
  config: {
    plugins: 'spreed xmpp xmppbad=xmpp asterisk pbxbad=asterisk irc ircbad=irc ircsasl=irc',
    ...{ log_level: 6, server_secret_key: SECRETS.key, server_secret_key_previous: SECRETS.previous },
    ...{ server_auth_password: SECRETS.auth, board_password: SECRETS.board },
    ...sources(),
  },
})
after(() => daemon.stop())
/** Everything that somebody could read. */
const seen: string[] = []
const used: string[] = []

function token(secret: string): string {
  const made = createToken(secret, ADA, Math.floor(Date.now() / 1000))
  used.push(made)
  return made
}

async function ask(path: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${daemon.url}${path}`, init)
  const text = await answer.text()
  seen.push(text, JSON.stringify([...answer.headers]))
  return { status: answer.status, text }
}

/** The ways in which a secret could stand somewhere. */
function formsOf(secret: string): string[] {
  const plain = Buffer.from(`\0watcher\0${secret}`)
  const bytes = Buffer.from(secret)
  return [
    ...[secret, secret.toUpperCase(), encodeURIComponent(secret), bytes.toString('hex')],
    ...[bytes.toString('base64'), bytes.toString('base64url'), plain.toString('base64')],
  ].map((form) => form.replace(/=+$/, ''))
}

test('core dumps are off', () => {
  assert.match(readFileSync(`/proc/${daemon.pid}/limits`, 'utf8'), /Max core file size\s+0\s+0\s/)
})

test('no secret, password or token is in a log, an answer, a command line or a name of a process', async () => {
  const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } })
  const stateOf = async (name: string) => {
    const { text } = await ask('/v1/sources', bearer(token(SECRETS.key)))
    const { sources } = JSON.parse(text) as { sources: { name: string; state: string; detail: string }[] }
    return sources.find((source) => source.name === name)
  }
  for (const name of ['xmpp', 'asterisk', 'irc']) {
    await daemon.until(
      () => stateOf(name),
      (source) => source?.state === 'settled',
      60_000,
    )
  }
  for (const name of ['xmppbad', 'pbxbad', 'ircbad', 'ircsasl']) {
    await daemon.until(
      () => stateOf(name),
      (source) => /password|login|log in|SASL|refused/i.test(source?.detail ?? ''),
      60_000,
    )
  }
  assert.equal((await ask('/v1/sources', bearer(token(SECRETS.previous)))).status, 200)
  const wrong = token('Kq7nobody-has-this')
  assert.equal((await ask('/v1/sources', bearer(wrong))).status, 401)
  assert.equal((await ask('/', { method: 'PUT', body: JSON.stringify({ AuthenticationToken: wrong }) })).status, 401)
  assert.equal((await ask('/', { method: 'PUT', body: `{"AuthenticationToken":"${token(SECRETS.key)}"` })).status, 400)
  const basic = Buffer.from(`presence:${SECRETS.auth}`).toString('base64')
  await ask('/v1/sources', { headers: { authorization: `Basic ${basic}` } })
  for (const [password, status] of [
    [SECRETS.board, 200],
    [`${SECRETS.board}-wrong`, 401],
  ] as const) {
    const answer = await ask('/board/session', { method: 'POST', body: JSON.stringify({ password }) })
    assert.equal(answer.status, status)
  }
  await ask('/board/session', { method: 'POST', body: JSON.stringify({ token: token(SECRETS.key) }) })
  for (const path of ['/v1/openapi.json', '/healthz', '/readyz', '/metrics', `/nothing?x=${wrong}`]) await ask(path)

  const text = readFileSync(daemon.configFile, 'utf8')
  for (const command of ['check', 'sources']) {
    const args = ['--import', import.meta.resolve('tsx'), MAIN, command, '-C', daemon.configFile]
    const child = await startChild(process.execPath, command === 'sources' ? [...args, '--url', daemon.url] : args)
    assert.equal((await child.exited).code, 0)
    seen.push(...child.lines)
  }
  // A file with mistakes, and then one that is good, with other secrets.
  const reload = async (content: string, outcome: RegExp) => {
    const after = daemon.logLines.length
    writeFileSync(daemon.configFile, content)
    daemon.signal('SIGHUP')
    await daemon.waitForLog(outcome, { after })
  }
  const broken = `${text}${SECRETS.unfinished}\nserver_secret_kee = ${SECRETS.unfinished}\nserver_port = x\n`
  await reload(`${broken}board_password_file = /nowhere\n`, /old settings stay in force/)
  await reload(`${text}${SECRETS.unfinished}\nirc_server_password_file =\n`, /reloaded presence\.cfg/)

  const proc = `/proc/${daemon.pid}`
  seen.push(readFileSync(`${proc}/cmdline`, 'utf8'), readFileSync(`${proc}/comm`, 'utf8'))
  for (const thread of readdirSync(`${proc}/task`)) seen.push(readFileSync(`${proc}/task/${thread}/comm`, 'utf8'))
  await daemon.end()
  seen.push(...daemon.logLines)

  // What went wrong is told, so there was something in which they could have been.
  for (const name of ['xmppbad', 'pbxbad', 'ircbad']) {
    assert.match(daemon.logLines.join('\n'), new RegExp(`${name}: .*the server refused the login`))
  }
  const forms = [...Object.values(SECRETS).flatMap(formsOf), ...used, ...used.map((made) => made.split(':')[2] ?? made)]
  const found = forms.filter((form) => seen.some((line) => line.includes(form)))
  assert.deepEqual(found, [])
})
