// Where commands find the secret that signs tokens.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { readSecret } from '../../../src/config/secret.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { readOrMakeSecret } from '../../../src/system/secret.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** Matches an error for the administrator. */
function mistake(words: RegExp) {
  return (error: unknown) => {
    assert(error instanceof ConfigError, String(error))
    assert.match(error.message, words)
    return true
  }
}

suite('the secret for commands', () => {
  test('is that of presence.cfg, and no file is looked at', async () => {
    assert.equal(await readSecret({ server_secret_key: ' x ', data_path: '/nowhere' }), ' x ')
  })

  test('is else the one that the daemon made and keeps', async (t) => {
    const data_path = temporaryFolder(t)
    const made = readOrMakeSecret(data_path, silentLog)
    assert.equal(await readSecret({ server_secret_key: undefined, data_path }), made)
  })

  test('is an error with path and remedy when there is none', async (t) => {
    const data_path = temporaryFolder(t)
    const settings = { server_secret_key: undefined, data_path }
    await assert.rejects(readSecret(settings), mistake(/secret: .*ENOENT.*; start the daemon once/))
    writeFileSync(`${data_path}/secret`, '\n')
    await assert.rejects(readSecret(settings), mistake(/secret is empty; delete it/))
    mkdirSync(`${data_path}/folder/secret`, { recursive: true })
    await assert.rejects(readSecret({ ...settings, data_path: `${data_path}/folder` }), mistake(/it is a folder/))
  })
})
