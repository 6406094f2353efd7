// Plugins are found by their names: the built-in ones, and packages of others.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError } from '../../../src/core/errors.ts'
import { isBuiltIn, resolvePlugin } from '../../../src/plugins/registry.ts'

/** A package beside the installed ones, for as long as the test runs. */
async function withPackage(name: string, code: string, use: () => Promise<void>): Promise<void> {
  const folder = join(import.meta.dirname, '../../../node_modules', `kopano-presence-plugin-${name}`)
  await mkdir(folder)
  try {
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'i.js' }),
    )
    await writeFile(join(folder, 'i.js'), code)
    await use()
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Names that no other run uses at the same time. */
const unique = (): string => `test-${randomBytes(6).toString('hex')}`

test('what is built in is told from what others wrote, also where they took it over word for word', async () => {
  const spreed = await resolvePlugin('spreed')
  assert.ok(spreed)
  assert.equal(isBuiltIn(spreed), true)
  assert.equal(isBuiltIn({ ...spreed }), false)
})

test('the built-in plugins are found', async () => {
  for (const name of ['spreed', 'xmpp', 'asterisk', 'irc']) assert.equal((await resolvePlugin(name))?.name, name)
})

test('a name that nobody has, or that is no package name, is no plugin', async () => {
  for (const name of ['nosuch', '../spreed', '', '__proto__', 'UPPER'])
    assert.equal(await resolvePlugin(name), undefined)
})

test('a package of others is found under its name', async () => {
  const name = unique()
  const code = `export default { name: '${name}', options: {}, create() {} }`
  await withPackage(name, code, async () => assert.equal((await resolvePlugin(name))?.name, name))
})

test('a package that is no plugin, or breaks while loading, is named in the error', async () => {
  for (const code of ['export default 7', 'throw new Error("broken")', 'import "no-such-thing-at-all"']) {
    const name = unique()
    await withPackage(name, code, () =>
      assert.rejects(resolvePlugin(name), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, new RegExp(`kopano-presence-plugin-${name}`))
        return true
      }),
    )
  }
})
