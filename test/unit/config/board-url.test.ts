// The public address of the status board in presence.cfg.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { configured } from '../../support/configurations.ts'

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
