// Where the password of the status board comes from, and the address of the board.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { readBoardPassword } from '../../../src/config/board-password.ts'
import { ConfigurationError, readConfiguration } from '../../../src/config/configuration.ts'
import { command } from '../../support/command-line.ts'
import { resolveSample } from '../../support/sample-plugins.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function configured(text: string, file = 'presence.cfg') {
  return readConfiguration(new TextEncoder().encode(text), { file, resolvePlugin: resolveSample })
}

async function passwordOf(text: string): Promise<string | undefined> {
  return readBoardPassword((await configured(text)).settings)
}

suite('the password of the board', () => {
  test('is that of presence.cfg, none by default', async () => {
    assert.equal(await passwordOf('board_password = two words # and more\n'), 'two words # and more')
    assert.equal(await passwordOf(''), undefined)
    assert.equal(await passwordOf('board_password =\n'), undefined)
  })

  test('is else the first line of a file, relative to presence.cfg', async (t) => {
    const folder = temporaryFolder(t)
    for (const content of ['wäll pass\nmore\n', 'wäll pass', '\ufeff  wäll pass \r\nmore', 'wäll pass\rmore']) {
      writeFileSync(`${folder}/password`, content)
      const { settings } = await configured('board_password_file = password\n', `${folder}/presence.cfg`)
      assert.equal(await readBoardPassword(settings), 'wäll pass')
    }
  })

  test('is refused when both are given, without being told', async () => {
    await assert.rejects(configured('board_password = PSSST\n\nboard_password_file = /x\n'), (error) => {
      assert(error instanceof ConfigurationError)
      assert.equal(
        error.message,
        'presence.cfg:3: board_password_file: is given beside board_password; keep one of them',
      )
      return true
    })
  })

  test('is missed with a remedy when its file can not be read, is empty or no text', async (t) => {
    const folder = temporaryFolder(t)
    const file = `${folder}/password`
    const refused = (words: RegExp) =>
      assert.rejects(passwordOf(`board_password_file = ${file}\n`), (error) => {
        assert(error instanceof ConfigurationError)
        assert.match(error.message, words)
        return true
      })
    await refused(/password: can't be read: .*check the path/)
    for (const content of ['', '\n', '  \r\nsecond line\n']) {
      writeFileSync(file, content)
      await refused(/password:1: is empty; write the password/)
    }
    writeFileSync(file, Buffer.from([0xff, 0x0a]))
    await refused(/is not UTF-8/)
    mkdirSync(`${folder}/folder`)
    await assert.rejects(passwordOf(`board_password_file = ${folder}/folder\n`), /name a plain file/)
  })

  test('`check` looks at its file, other commands do not need it', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\nboard_password_file = /nowhere/password\n')
    const checked = await command(folder, ['check'])
    assert.equal(checked.code, 1)
    assert.match(checked.err.join(), /\/nowhere\/password: can't be read/)
    assert.equal((await command(folder, ['token', 'u@x'])).code, 0)
  })
})

suite('board_url', () => {
  test('is an address on the web, to which a slash is added where it is missing', async () => {
    for (const [written, read] of [
      ['https://example.com/presence/board/', 'https://example.com/presence/board/'],
      ['HTTP://Example.com:8080/board', 'http://example.com:8080/board/'],
      ['https://example.com', 'https://example.com/'],
    ]) {
      assert.equal((await configured(`board_url = ${written}\n`)).settings.board_url, read)
    }
    assert.equal((await configured('')).settings.board_url, undefined)
  })

  test('is refused when it is anything else', async () => {
    const wrong = [
      'example.com/board',
      '/board/',
      'ftp://x/',
      'https://',
      'https://x/?a',
      'https://x/#a',
      'https://u:p@x/',
    ]
    for (const written of wrong) {
      await assert.rejects(configured(`board_url = ${written}\n`), /must be an address such as https/, written)
    }
  })
})
