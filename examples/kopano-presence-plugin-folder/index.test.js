// The plugin keeps the contract of kopano-presence: `npm test`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pluginContract } from 'kopano-presence/plugin'
import folder from './index.js'

async function system() {
  const path = await mkdtemp(join(tmpdir(), 'presence-folder-'))
  const file = join(path, 'ada@example.com')
  return {
    options: { path, grace: 60 },
    unreachable: { path: join(path, 'nowhere'), grace: 60 },
    user: 'ada@example.com',
    come: () => writeFile(file, 'busy writing'),
    leave: () => rm(file),
    cut: () => rm(path, { recursive: true }),
    stop: () => rm(path, { recursive: true, force: true }),
  }
}

for (const { name, run } of pluginContract(folder, { system })) test(`folder ${name}`, run)
