// What the pages say of options and commands is what there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import type { CommandContext } from '../../../src/cli/context.ts'
import { makeProgram } from '../../../src/cli/program.ts'
import { readConfiguration } from '../../../src/config/configuration.ts'
import { DAEMON_OPTIONS } from '../../../src/config/options.ts'
import { specifications } from '../../../src/config/read-options.ts'
import { fileOptionOf } from '../../../src/config/secret-files.ts'
import { resolvePlugin } from '../../../src/plugins/registry.ts'
import { blocksOf, pagePaths, readPage } from '../../support/pages.ts'

const PAGES = pagePaths().filter((page) => !page.startsWith('docs/api/'))
const BUILT_IN = ['spreed', 'manual', 'xmpp', 'asterisk', 'irc']

/** Every option of presence.cfg, with the files of secrets. */
async function optionNames(): Promise<ReadonlyMap<string, { readonly write: string }>> {
  const names = new Map<string, { readonly write: string }>()
  const add = (options: object, prefix: string): void => {
    for (const [name, spec] of specifications(options)) {
      names.set(`${prefix}${name}`, { write: spec.write?.(spec.default) ?? String(spec.default) })
      const file = fileOptionOf(name, spec, options)
      if (file !== undefined) names.set(`${prefix}${file}`, { write: '' })
    }
  }
  add(DAEMON_OPTIONS, '')
  for (const source of BUILT_IN) add((await resolvePlugin(source))?.options ?? {}, `${source}_`)
  return names
}

test('every option that a page names is one', async () => {
  const names = await optionNames()
  // Words that begin as options do and are something else.
  const others = new Set(['server_port_number', 'xmpp_', 'spreed_', 'log_', 'server_'])
  let found = 0
  for (const page of PAGES) {
    const text = readPage(page)
    for (const [, name = ''] of text.matchAll(
      /(?<![\w-])((?:server|store|board|log|xmpp|asterisk|irc|spreed|manual|combined|user_map|run_as|data|forget|max_users|plugin_path)(?:_\w+)+)\b(?![\w-]|\()/g,
    )) {
      if (others.has(name)) continue
      found += 1
      assert.ok(names.has(name), `${page} names the option ${name}, which is none`)
    }
  }
  assert.ok(found > 150, `only ${found} options were found`)
})

test('every command and flag that a page shows is one, and the table of operating.md has every command', () => {
  const program = makeProgram({} as CommandContext)
  const byName = new Map(program.commands.map((command) => [command.name(), command]))
  const flags = (command: Command) =>
    [...command.options, ...program.options].flatMap(({ short, long }) => [short, long])
  let found = 0
  for (const page of PAGES) {
    for (const [, line = ''] of readPage(page).matchAll(/(?:(?<=`)|^|\()kopano-presence ([a-z-]+[^`\n|)#]*)/gm)) {
      const [name = '', ...words] = line.trim().split(/\s+/)
      const command = byName.get(name)
      assert.ok(command !== undefined, `${page} shows "kopano-presence ${line}", and there is no command ${name}`)
      for (const word of words.filter((one) => /^--?[a-z]/i.test(one))) {
        const [flag = ''] = word.split('=')
        assert.ok(flags(command).includes(flag), `${page} shows "kopano-presence ${line}", and ${name} has no ${flag}`)
      }
      found += 1
    }
  }
  assert.ok(found > 30, `only ${found} commands were found`)
  const operating = readPage('docs/operating.md')
  for (const name of byName.keys()) {
    if (name === 'serve') continue
    assert.match(
      operating,
      new RegExp(`^\\| \`kopano-presence ${name}[ \`]`, 'm'),
      `docs/operating.md does not tell of ${name}`,
    )
  }
})

test('every piece of presence.cfg that a page shows is accepted, without a note', async () => {
  let found = 0
  for (const page of PAGES) {
    for (const { place, language, text } of blocksOf(page, readPage(page))) {
      const [, list = ''] = /^plugins = (.*)$/m.exec(text) ?? []
      if (language !== 'ini' || list === '' || !list.split(' ').every((name) => BUILT_IN.includes(name))) continue
      const { notes } = await readConfiguration(new TextEncoder().encode(text), { file: place, resolvePlugin })
      assert.deepEqual(notes, [], place)
      found += 1
    }
  }
  assert.ok(found >= 4, `only ${found} pieces were found`)
})

test('the bounds of operating.md have the defaults that the options have', async () => {
  const names = await optionNames()
  const [, table = ''] = readPage('docs/operating.md').split('## Bounds')
  let found = 0
  for (const [, cells = '', defaults = ''] of table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| ([^|]+) \|/gm)) {
    const options = [...cells.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    const values = defaults.split(/, (?=\d+ )/).map((value) => value.replaceAll(',', ''))
    for (const [index, name] of options.entries()) {
      const told = /^\d+/.exec(values[index] ?? '')?.[0]
      const { write = '' } = names.get(name) ?? {}
      if (told === undefined || write === 'undefined') continue
      assert.equal(told, write, `docs/operating.md says ${told} of ${name}`)
      found += 1
    }
  }
  assert.ok(found > 15, `only ${found} bounds were found`)
})
