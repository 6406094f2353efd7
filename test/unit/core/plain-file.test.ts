// Files that an administrator names, and what else may stand at their paths.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { FatalError } from '../../../src/core/errors.ts'
import { readPlainFile } from '../../../src/core/plain-file.ts'
import { readAuthorities } from '../../../src/net/sockets.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

suite('a file that is named', () => {
  test('is read whole, and it is told whether everybody can read it', async (t) => {
    const file = `${temporaryFolder(t)}/file`
    const content = Buffer.alloc(200_000, 'abc')
    writeFileSync(file, content, { mode: 0o640 })
    assert.deepEqual(await readPlainFile(file), { content, isPublic: false })
    chmodSync(file, 0o644)
    assert.deepEqual(await readPlainFile(file, 200_000), { content, isPublic: true })
    await assert.rejects(readPlainFile(file, 199_999), /larger than 199999 bytes/)
  })

  test('is refused at once when it is a FIFO to which nobody writes, or a file without an end', async (t) => {
    const fifo = `${temporaryFolder(t)}/fifo`
    execFileSync('mkfifo', [fifo])
    await assert.rejects(readPlainFile(fifo), /it is no regular file/)
    await assert.rejects(readPlainFile('/dev/zero'), /it is no regular file/)
    await assert.rejects(readPlainFile('/'), /it is a folder/)
  })

  test('is refused at once as the file of authorities, too, and a retry is known not to help', async (t) => {
    const fifo = `${temporaryFolder(t)}/fifo`
    execFileSync('mkfifo', [fifo])
    await assert.rejects(readAuthorities(fifo, 'pbx_ca_file'), (error) => {
      assert(error instanceof FatalError)
      assert.equal(error.message, "pbx_ca_file can't be read: it is no regular file")
      return true
    })
  })
})
