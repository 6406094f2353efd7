// The lines of user_map_file.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { ConfigurationError, loadConfiguration } from '../../../src/config/configuration.ts'
import { readUserMap } from '../../../src/config/user-map-file.ts'
import { resolveSample } from '../../support/sample-plugins.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function read(text: string, sources = ['xmpp', 'asterisk']) {
  return readUserMap(new TextEncoder().encode(text), 'users.map', sources)
}

suite('user_map_file', () => {
  test('each line joins what a source calls somebody to a user', () => {
    const { mappings, mistakes, notes } = read(
      '# everybody\n\nxmpp MarkD@chat.example.com = markd@example.com\r\nasterisk\t100=markd@example.com\nxmpp Mark D = markd@example.com\n',
    )
    assert.deepEqual(mappings, [
      { source: 'xmpp', id: 'MarkD@chat.example.com', userId: 'markd@example.com' },
      { source: 'asterisk', id: '100', userId: 'markd@example.com' },
      { source: 'xmpp', id: 'Mark D', userId: 'markd@example.com' },
    ])
    assert.deepEqual([mistakes, notes], [[], []])
  })

  test('an "=" between white space divides before any other', () => {
    assert.deepEqual(read('xmpp a=b@c = d=e@f').mappings, [{ source: 'xmpp', id: 'a=b@c', userId: 'd=e@f' }])
  })

  test('every mistake is told with its line', () => {
    const long = 'x'.repeat(1025)
    const { mistakes } = read(`xmpp a b\nxmpp = c\nxmpp a =\nxmpp ${long} = d\n= a\nxmpp ok = fine\n`)
    assert.deepEqual(
      mistakes.map(({ line }) => line),
      [1, 2, 3, 4, 5],
    )
    assert.match(mistakes[0]?.text ?? '', /"xmpp a b" must be SOURCE ID = USER/)
    assert.match(mistakes[3]?.text ?? '', /the ID must not be longer than 1024 code points/)
  })

  test('one id of a source is one user, whatever the case; the same line twice does no harm', () => {
    const { mistakes } = read('xmpp a = u\nxmpp A = U\nxmpp a = w\nasterisk a = w\n')
    assert.deepEqual(
      mistakes.map(({ line, text }) => [line, text]),
      [[3, 'xmpp a is u in line 1 already; keep one line']],
    )
  })

  test('lines for an unknown source get one note, with a guess', () => {
    const { mappings, notes } = read('xmp a = u\nxmp b = u\n')
    assert.equal(mappings.length, 2)
    assert.deepEqual(notes, ['users.map:1: there is no source xmp, so its lines have no effect; did you mean xmpp?'])
  })

  test('it is found beside presence.cfg, its users can be looked up, and its mistakes are told with those of presence.cfg', async (t) => {
    const folder = temporaryFolder(t)
    const file = `${folder}/presence.cfg`
    writeFileSync(file, 'user_map_file = users.map\n')
    writeFileSync(`${folder}/users.map`, 'spreed Lena = lena@example.com\n')
    const { userMap } = await loadConfiguration({ file, resolvePlugin: resolveSample })
    assert.equal(userMap.find('spreed', 'LENA'), 'lena@example.com')

    writeFileSync(file, 'user_map_file = users.map\nserver_port = x\n')
    writeFileSync(`${folder}/users.map`, 'spreed\n')
    await assert.rejects(loadConfiguration({ file, resolvePlugin: resolveSample }), (error) => {
      assert(error instanceof ConfigurationError)
      assert.deepEqual(
        error.mistakes.map((mistake) => [mistake.file, mistake.line]),
        [
          [file, 2],
          [`${folder}/users.map`, 1],
        ],
      )
      return true
    })

    writeFileSync(file, 'user_map_file = none.map\n')
    await assert.rejects(loadConfiguration({ file, resolvePlugin: resolveSample }), /none\.map: can't be read/)
  })
})
