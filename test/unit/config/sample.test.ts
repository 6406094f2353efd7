// deploy/presence.cfg says what the code does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { readConfiguration } from '../../../src/config/configuration.ts'
import { DAEMON_OPTIONS } from '../../../src/config/options.ts'
import { sampleFile } from '../../../src/config/sample.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { expectedSample, SAMPLE_FILE } from '../../support/sample-file.ts'

suite('the sample of presence.cfg', () => {
  test('is the one that the schemas make', async () => {
    const remedy = 'write it anew: node --import tsx test/support/sample-file.ts'
    assert.equal(readFileSync(SAMPLE_FILE, 'utf8'), await expectedSample(), remedy)
  })

  test('changes nothing as it is, and each of its defaults is allowed and changes nothing either', async () => {
    const text = sampleFile([])
    const read = (content: string) =>
      readConfiguration(new TextEncoder().encode(content), { file: 'presence.cfg', resolvePlugin })
    const asItIs = await read(text)
    assert.deepEqual([asItIs.given.size, asItIs.notes], [0, []])

    // An example is no default; the others stand there with theirs.
    const withExample = Object.entries(DAEMON_OPTIONS).filter(([, spec]) => 'example' in spec)
    const examples = new Set(withExample.map(([name]) => name))
    const lines = text
      .split('\n')
      .filter((line) => /^#\w+(?<!_file) =/.test(line) && !examples.has(line.slice(1).split(' ')[0] ?? ''))
    const uncommented = await read(lines.map((line) => line.slice(1)).join('\n'))
    assert.equal(uncommented.given.size > 15, true)
    assert.deepEqual(uncommented.settings, asItIs.settings)
  })

  test('names every option with what is allowed, its unit and its default, in lines that fit a terminal', async () => {
    const text = await expectedSample()
    assert.match(
      text,
      /A user of whom .*\n# Must be a whole number from 0 to 36500 days\. Default: 30\.\n#forget_after = 30\n/,
    )
    assert.match(text, /\n#xmpp_jid =/)
    assert.match(text, /\n#spreed_auto_unavailable = 2\n/)
    for (const line of text.split('\n')) assert(line.length <= 100, line)
  })
})
