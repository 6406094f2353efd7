// The files for containers, as far as they can be judged without an engine that builds them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfiguration } from '../../../src/config/configuration.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../../..')
const FOLDER = join(ROOT, 'deploy/container')
const dockerfile = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8')
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8')

test('whatever is copied into the image is there, and not held back by .dockerignore', () => {
  const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
  assert.ok(copies.length > 5)
  for (const path of copies) {
    assert.ok(existsSync(join(ROOT, path)), path)
    assert.ok(allowed.includes(path), `${path} is not in .dockerignore`)
  }
})

test('it runs as an account of its own, on the Node.js of the same kind that it was built with, and tells its health', () => {
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
  assert.equal(new Set(images).size, 1)
  assert.match(images[0] ?? '', /^node:\d+-bookworm-slim$/)
  const [user] = /^USER (?!root)\w+$/m.exec(dockerfile) ?? []
  assert.ok(user !== undefined && dockerfile.indexOf(user) < dockerfile.indexOf('ENTRYPOINT'))
  const [, probe = ''] = /fetch\('([^']+)'\)/.exec(dockerfile) ?? []
  assert.equal(probe, 'http://127.0.0.1:1234/healthz')
})

test('the configurations of the container and of the trial are right', async (t) => {
  const folder = temporaryFolder(t)
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'a secret\n', { mode: 0o600 })
  for (const file of ['presence.cfg', 'trial-presence.cfg']) {
    const text = read(file).replace(/\/run\/secrets\/\S+/g, secret)
    const { settings, notes } = await readConfiguration(new TextEncoder().encode(text), { file, resolvePlugin })
    // The trial stays within its own network.
    assert.deepEqual(
      notes.filter((note) => !/xmpp_tls: is none/.test(note)),
      [],
    )
    assert.deepEqual([settings.server_bind, settings.server_port, settings.run_as_user], ['0.0.0.0', 1234, undefined])
  }
})

test('the trial of compose names files that are there, and the host names that presence.cfg asks', () => {
  const compose = read('compose.yaml')
  for (const [, path = ''] of compose.matchAll(/^ +- (\.\.?\/[^:]+):/gm))
    assert.ok(existsSync(join(FOLDER, path)), path)
  for (const [, host = ''] of read('trial-presence.cfg').matchAll(/^(?:xmpp_host = |redis_url = redis:\/\/)(\w+)/gm)) {
    assert.match(compose, new RegExp(`^  ${host}:$`, 'm'))
  }
})

test('Prosody understands its configuration of the trial', (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'prosody.cfg.lua')
  writeFileSync(file, `${read('trial-prosody.cfg.lua')}\n`)
  const { status, stdout } = spawnSync('luac', ['-p', file], { encoding: 'utf8' })
  if (status === null) assert.match(read('trial-prosody.cfg.lua'), /^VirtualHost "example\.com"$/m)
  else assert.equal(status, 0, stdout)
})
