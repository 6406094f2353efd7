// What the doctor says of the files, the secret, the port and the users, and how it says it.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { type Known, onUsers } from '../../../src/cli/doctor/near-users.ts'
import { onSecret } from '../../../src/cli/doctor/own-files.ts'
import { onDate } from '../../../src/cli/doctor/running-daemon.ts'
import type { Finding } from '../../../src/core/finding.ts'
import { command } from '../../support/command-line.ts'
import { diagnosed } from '../../support/doctor.ts'
import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

suite('kopano-presence doctor', () => {
  test('names each mistake of presence.cfg with its line, and exits with 2', async (t) => {
    const { code, text } = await diagnosed(t, { server_port: 'x', nonsense: 1 })
    assert.equal(code, 2)
    assert.match(text(), /error presence\.cfg: \S+presence\.cfg:2: server_port = x: must be a whole number/)
    assert.match(text(), /warning presence\.cfg: \S+presence\.cfg:\d: there is no option nonsense/)
  })

  test('says of a free port that nothing runs there, and of a stranger on it that this is no presence daemon', async (t) => {
    const free = await diagnosed(t, { server_port: await freePort() })
    assert.match(free.text('daemon'), /^warning daemon: no daemon runs at .*\nok daemon: the address \S+ is free/)
    assert.equal(free.code, 1)
    const stranger = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    t.after(() => stranger.close())
    const { port } = stranger.address() as { port: number }
    const { text, code } = await diagnosed(t, { server_port: port })
    assert.match(
      text('daemon'),
      /^error daemon: something answers at \S+ that is no presence daemon.*\[server_port:2\]$/,
    )
    assert.equal(code, 2)
  })

  test('reads no more of a stranger who never comes to an end than a daemon would say', async (t) => {
    let sent = 0
    const stranger = createServer((_request, response) => {
      const more = (): void => {
        sent += 65_536
        response.write(Buffer.alloc(65_536, 'x'))
      }
      response.on('drain', more)
      more()
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    t.after(() => stranger.close())
    const { port } = stranger.address() as { port: number }
    const { text } = await diagnosed(t, { server_port: port })
    assert.match(text('daemon'), /something answers at \S+ that is no presence daemon/)
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were read`)
  })

  test('finds a file with secrets that everybody can read, a weak secret, and one that is left behind', async (t) => {
    const data = temporaryFolder(t)
    writeFileSync(join(data, 'secret'), 'an old one\n')
    const config = { data_path: data, server_secret_key: 'Geheim', server_port: await freePort() }
    const open = await diagnosed(t, config, { mode: 0o644 })
    assert.match(
      open.text('secret'),
      /error secret: the secret is one of the first that anybody tries.*\[server_secret_key:3\]/,
    )
    assert.match(
      open.text('secret'),
      /warning secret: every account of this machine can read server_secret_key in .*chmod 640/,
    )
    assert.match(open.text('secret'), /warning secret: \S+secret is left of a time without server_secret_key/)
    assert.doesNotMatch(open.text(), /Geheim/)
    assert.doesNotMatch((await diagnosed(t, config)).text('secret'), /every account/)
    const inAddress = { ...config, redis_url: 'redis://presence:hidden@redis.example.com' }
    const address = await diagnosed(t, inAddress, { mode: 0o644 })
    assert.match(address.text('secret'), /every account of this machine can read server_secret_key, redis_url in/)
    assert.doesNotMatch(address.text(), /hidden/)
    const without = { ...config, redis_url: 'redis://presence@redis.example.com' }
    assert.doesNotMatch((await diagnosed(t, without, { mode: 0o644 })).text('secret'), /redis_url/)
  })

  test('looks at the folder of the store without making or opening anything', async (t) => {
    const port = await freePort()
    const missing = await diagnosed(t, { server_port: port })
    assert.match(missing.text('store'), /^ok store: \S+ is not there yet; the daemon makes it/)
    const lost = await diagnosed(t, { server_port: port, data_path: '/nowhere/at/all' })
    assert.match(lost.text('store'), /^warning store: .*is that the right path\? \[data_path:1\]$/)
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'file'), '')
    const file = await diagnosed(t, { server_port: port, data_path: join(folder, 'file') })
    assert.match(file.text('store'), /^error store: \S+ is no folder/)
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'presence.mdb'), Buffer.alloc(20_000, 7))
    const wrong = await diagnosed(t, { server_port: port, data_path: damaged })
    assert.match(wrong.text('store'), /^error store: the database \S+ .*restore a backup \[data_path:1\]$/)
  })

  test('tells people in lines, with the one to change under what is wrong', async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'presence.cfg')
    writeFileSync(file, `\nserver_secret_key = GEHEIM\nserver_port = ${await freePort()}\n`)
    chmodSync(file, 0o600)
    const { out, code } = await command(folder, ['doctor'])
    assert.equal(code, 2)
    const place = out.findIndex((line) => line.startsWith('ERROR   secret: '))
    assert.equal(out[place + 1], `        change server_secret_key in ${file}:2`)
    assert.equal(out.at(-1), '1 error, 1 warning.')
  })

  test('ends its exit code with the worst: 0, 1 or 2', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(
      join(folder, 'presence.cfg'),
      `server_secret_key = ${'x'.repeat(32)}\nserver_port = ${await freePort()}\n`,
    )
    chmodSync(join(folder, 'presence.cfg'), 0o600)
    const finds = async (level?: Finding['level']) => {
      const examine = async (_configuration: unknown, tell: (about: string, finding: Finding) => void) => {
        if (level !== undefined) tell('store', { level, text: 'so it is' })
      }
      const { code } = await command(folder, ['doctor', '--json'], { examine })
      return code
    }
    assert.deepEqual([await finds('ok'), await finds('error')], [1, 2], 'that no daemon runs is a warning')
  })
})

test('a secret that is known or short is no secret', () => {
  const levelOf = (secret: string | undefined) => onSecret(secret).level
  assert.deepEqual(['GEHEIM', 'geheim ', 'changeme', 'fifteen letters', 'sixteen letters.', undefined].map(levelOf), [
    ...['error', 'error', 'error', 'warning', 'ok', 'ok'],
  ])
})

test('a clock that is off by more than half the life of a token is told', () => {
  const now = Date.UTC(2026, 10, 23, 9)
  const skewed = (seconds: number) => {
    const found: string[] = []
    onDate(new Date(now + seconds * 1_000).toUTCString(), 5, now, ({ text }) => found.push(text))
    return found.join()
  }
  assert.equal(skewed(150), '')
  assert.match(skewed(180), /clock is 3 minutes ahead of this one, so tokens that are made here look old/)
  assert.match(skewed(-180), /clock is 3 minutes behind this one, so tokens that are made here look too new/)
})

suite('users who may be one person', () => {
  const known = (...lines: string[]): Known[] =>
    lines.map((line) => {
      const [userId = '', ...sources] = line.split(' ')
      return { userId, sources }
    })
  const texts = (...lines: string[]) => onUsers(known(...lines), true).map(({ text }) => text)

  test('are told with the line that joins them', () => {
    const [found, ...rest] = texts(
      'markus.dekker@example.com spreed',
      'mdekker@chat.example.com xmpp',
      'eva@example.com xmpp',
    )
    assert.match(found ?? '', /: xmpp mdekker@chat\.example\.com = markus\.dekker@example\.com$/)
    assert.deepEqual(rest, [])
  })

  test('may be called in three ways by three sources', () => {
    const found = texts('m.dekker@x.com asterisk', 'markus.dekker@x.com spreed', 'mdekker@x.com xmpp')
    assert.deepEqual(
      found.map((text) => text.slice(text.lastIndexOf(': ') + 2)),
      ['asterisk m.dekker@x.com = markus.dekker@x.com', 'xmpp mdekker@x.com = markus.dekker@x.com'],
    )
  })

  test('are not those whom one source knows both, nor those of other organisations, nor initials that fit several', () => {
    assert.deepEqual(texts('markus.dekker@x.com spreed', 'mdekker@x.com spreed'), [])
    assert.deepEqual(texts('markus.dekker@x.com spreed', 'mdekker@y.org xmpp'), [])
    assert.deepEqual(texts('markus.dekker@one.co.uk spreed', 'mdekker@two.co.uk xmpp'), [])
    assert.deepEqual(texts('markus.dekker@x.com spreed', 'mia.dekker@x.com spreed', 'mdekker@x.com xmpp'), [])
  })

  test('who have no domain among others who have one are nobody yet', () => {
    const [found] = texts('ada@x.com spreed', 'bob@x.com spreed', '110 asterisk')
    assert.match(found ?? '', /nobody has said who these are: 110 \(asterisk\)/)
    assert.deepEqual(
      texts('ada spreed', 'bob xmpp', 'eva@x spreed'),
      [],
      'where most have none, that is how they are called',
    )
  })

  test('thousands of users take no time to compare', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `first${index}.last${index}@x.com spreed`)
    assert.deepEqual(texts(...many), [])
  })
})
