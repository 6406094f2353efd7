// `kopano-presence watch`: lines for programs, a picture for people.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { drawTable } from '../../../src/cli/live-table.ts'
import { cells, fit } from '../../../src/cli/table.ts'
import type { PresenceDocument } from '../../../src/client/index.ts'
import { command } from '../../support/command-line.ts'
import { documentOf, sse, startStreamServer } from '../../support/stream-server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const EVIL = documentOf('é@x', 'busy', '\u001b[2J\u202etxt\n😀')

function configured(t: TestContext): string {
  const folder = temporaryFolder(t)
  writeFileSync(`${folder}/presence.cfg`, 'server_secret_key = s\n')
  return folder
}

function picture(documents: readonly PresenceDocument[], columns = 80, rows = 24, notice?: string): string[] {
  return drawTable({ documents, columns, rows, notice, colour: false })
}

suite('kopano-presence watch', () => {
  test('prints a JSON document a line into a pipe, and ends with 0 when it is told to', async (t) => {
    const server = await startStreamServer(t)
    const controller = new AbortController()
    const lines: string[] = []
    const run = command(configured(t), ['watch', 'é@x', '--url', server.url], {
      ended: () => controller.signal,
      out(line) {
        lines.push(line)
        controller.abort()
      },
    })
    const request = await server.next()
    assert.deepEqual(JSON.parse(request.body), { user_ids: ['é@x'] })
    request.stream(sse('presence', EVIL))
    assert.equal((await run).code, 0)
    assert.doesNotMatch(lines.join(), /[\p{Cc}\p{Cf}]/u)
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [EVIL],
    )
    await request.gone
  })

  test('draws in the other screen of a terminal, and gives it back when it ends', async (t) => {
    const server = await startStreamServer(t)
    const controller = new AbortController()
    let drawn = ''
    let resizes = 0
    const run = command(configured(t), ['watch', '--url', server.url], {
      ended: () => controller.signal,
      screen: {
        columns: () => 60,
        rows: () => 10,
        write(text) {
          drawn += text
          if (drawn.includes('é@x')) controller.abort()
        },
        onResize() {
          resizes += 1
          return () => {
            resizes -= 1
          }
        },
      },
    })
    const request = await server.next()
    assert.equal(request.url, '/v1/watch')
    const sources = { spreed: { status: 'busy', message: '', since: EVIL.since, updated: EVIL.since } }
    request.stream(sse('presence', { ...EVIL, sources }), sse('ready', {}, 'e:1'))
    const { code, out } = await run
    assert.deepEqual([code, out, resizes], [0, [], 0])
    assert.ok(drawn.startsWith('\u001b[?1049h\u001b[?25l'))
    assert.ok(drawn.endsWith('\u001b[?25h\u001b[?1049l'))
    assert.match(drawn, /é@x +busy .*\ufffd\[2J\ufffdtxt\ufffd😀/)
  })

  test('fails when the daemon refuses', async (t) => {
    const server = await startStreamServer(t)
    const run = command(configured(t), ['watch', '--url', server.url])
    ;(await server.next()).refuse(400)
    const { code, err } = await run
    assert.equal(code, 1)
    assert.match(err.join(), /The daemon refused: Refused with 400\./)
  })
})

suite('the table of watch', () => {
  const people = [documentOf('b@x', 'away'), documentOf('a@x', 'busy', 'on a call'), documentOf('字@x', 'available')]

  test('is sorted, in columns, with counts below', () => {
    assert.deepEqual(picture(people), [
      'USER  STATUS     SOURCE  SINCE                 MESSAGE',
      'a@x   busy       spreed  2026-11-23T09:12:44Z  on a call',
      'b@x   away       spreed  2026-11-23T09:12:44Z',
      '字@x  available  spreed  2026-11-23T09:12:44Z',
      '3 users: 1 available, 1 busy, 1 away, 0 unavailable',
    ])
  })

  test('never has more lines or cells than there are, and says what it leaves out', () => {
    for (let rows = 1; rows < 8; rows++) {
      for (const columns of [1, 5, 20, 200]) {
        const lines = picture(people, columns, rows, 'lost\n')
        assert.ok(lines.length <= rows)
        for (const line of lines) assert.ok(cells(line) <= columns, line)
      }
    }
    assert.match(picture(people, 80, 5).join('\n'), /a@x.*\n… and 2 more\n3 users/)
  })

  test('cells count wide letters twice, marks not at all, and what is cut ends with an ellipsis', () => {
    assert.deepEqual(['abc', '字', 'e\u0301', '👩‍💻', '❤️', ''].map(cells), [3, 2, 1, 2, 2, 0])
    assert.deepEqual([fit('abc', 5), fit('abcdef', 4), fit('字字字', 4), fit('x', 0)], ['abc  ', 'abc…', '字… ', ''])
  })
})
