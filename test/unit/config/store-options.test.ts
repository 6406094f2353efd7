// The options of the store in presence.cfg: what has to fit together, and that nothing secret is said of it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { configured, FILE, refused } from '../../support/configurations.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SECRET = 'server_secret_key = s3cret'
const lines = (...all: string[]): string => all.join('\n')

suite('store = redis', () => {
  test('needs an address and the secret that all nodes share, said at its line', async () => {
    const { message } = await refused('store = redis')
    assert.deepEqual(message.split('\n').length, 2)
    assert.match(message, new RegExp(`${FILE}:1: store: is redis, but redis_url does not say where Redis is; set it`))
    assert.match(
      message,
      new RegExp(`${FILE}:1: store: is redis, where every node needs the same secret; set server_secret`),
    )
  })

  test('takes every form of the address, and keeps it as it is written', async () => {
    for (const url of [
      'redis://127.0.0.1',
      'redis://presence:p%40ss@redis.example.com:6380/2',
      'rediss://redis.example.com',
      'unix:///run/redis/redis.sock?db=1',
      'redis+sentinel://one:26379,two/mymaster',
      'rediss+cluster://one,two:7000,[::1]:7001',
    ]) {
      const { settings, notes } = await configured(lines('store = redis', `redis_url = ${url}`, SECRET))
      assert.deepEqual([settings.store, settings.redis_url, notes], ['redis', url, []])
    }
  })

  test('names what is wrong with the address, its line and its forms, but never the password in it', async () => {
    for (const [url, told] of [
      ['http://:sesame@host', /begins with a scheme that is not known/],
      ['redis://:sesame@one,two', /has more than one address/],
      ['redis+sentinel://:sesame@one', /does not name the set/],
      ['redis://:sesame@host/x', /has a database that is no number/],
    ] as const) {
      const { message } = await refused(lines('store = redis', SECRET, `redis_url = ${url}`))
      assert.match(message, new RegExp(`^${FILE}:3: redis_url: `))
      assert.match(message, told)
      assert.match(message, /it is redis:\/\//)
      assert.doesNotMatch(message, /sesame/)
    }
  })

  test('takes the password from one place only', async () => {
    const { message } = await refused(
      lines('store = redis', SECRET, 'redis_url = redis://:a@host', 'redis_password = sesame'),
    )
    assert.match(message, /:3: redis_url: has a password, and there is redis_password as well; keep one of them/)
    assert.doesNotMatch(message, /sesame/)
  })

  test('looks at the authorities that it shall trust', async (t) => {
    const folder = temporaryFolder(t)
    const [good, bad] = [join(folder, 'good.pem'), join(folder, 'bad.pem')]
    writeFileSync(good, '-----BEGIN CERTIFICATE-----\n')
    writeFileSync(bad, 'nothing\n')
    const text = (file: string, url = 'rediss://host') =>
      lines('store = redis', SECRET, `redis_url = ${url}`, `redis_ca_file = ${file}`)
    assert.deepEqual((await configured(text(good))).notes, [])
    assert.match(
      (await configured(text(good, 'redis://host'))).notes.join(),
      /:4: redis_ca_file has no effect without TLS/,
    )
    assert.match(
      (await refused(text(bad))).message,
      /:4: redis_ca_file = .*bad.pem: holds no certificate; it must be in PEM/,
    )
    assert.match(
      (await refused(text(join(folder, 'none')))).message,
      /:4: redis_ca_file = .*none: can't be read: .*check the path/,
    )
  })

  test('has a prefix without what means something in keys', async () => {
    const { message } = await refused(lines('store = redis', SECRET, 'redis_url = redis://h', 'redis_prefix = {a}'))
    assert.match(message, /:4: redis_prefix = \{a\}: must be at most 64 letters, digits, dots/)
  })
})

test('without it, options of Redis are told to have no effect', async () => {
  const { notes, settings } = await configured(lines('redis_url = redis://:sesame@h', 'redis_wait_replicas = 1'))
  assert.equal(settings.store, 'embedded')
  assert.deepEqual(notes, [
    `${FILE}:1: redis_url has no effect, because store is embedded`,
    `${FILE}:2: redis_wait_replicas has no effect, because store is embedded`,
  ])
})
