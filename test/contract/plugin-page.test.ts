// The plugins that docs/writing-a-plugin.md shows beside the example keep the contract, as they stand there.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type CollectorStage, type PluginDefinition, pluginContract } from '../../src/plugin.ts'
import { blocks } from '../support/markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
const [, desk = '', badge = ''] = blocks(readFileSync(join(ROOT, 'docs/writing-a-plugin.md'), 'utf8'), 'js')

const folder = mkdtempSync(join(tmpdir(), 'presence-page-'))
after(() => rmSync(folder, { recursive: true }))

/** What a block exports, with the contract of the sources in the place of the package's. */
async function imported<Options>(name: string, block: string): Promise<PluginDefinition<Options>> {
  const path = join(folder, `${name}.js`)
  assert.match(block, /'kopano-presence\/plugin'\n/)
  writeFileSync(path, block.replace('kopano-presence/plugin', join(ROOT, 'src/plugin.ts')))
  const { default: definition } = (await import(pathToFileURL(path).href)) as { default: PluginDefinition<Options> }
  assert.equal(definition.name, name)
  return definition
}

interface DeskOptions {
  readonly host: string
  readonly port: number
  readonly grace: number
}

/** Sensors, of which one is at ada's desk. */
async function sensors(): Promise<CollectorStage<DeskOptions>> {
  let isThere = false
  const sockets = new Set<Socket>()
  const line = () => `ada@example.com ${isThere ? 'yes' : 'no'}\n`
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    socket.write(`${line()}done\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const options = { host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0, grace: 60 }
  const move = async (now: boolean): Promise<void> => {
    isThere = now
    for (const socket of sockets) socket.write(line())
  }
  const cut = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    ...{ options, unreachable: { ...options, port: 9 }, user: 'ada@example.com', cut },
    come: () => move(true),
    leave: () => move(false),
    async stop() {
      await cut()
      server.close()
    },
  }
}

const deskPlugin = await imported<DeskOptions>('desk', desk)
const badgePlugin = await imported<{ readonly day: number }>('badge', badge)

suite('the collector of the page about plugins', () => {
  for (const { name, run } of pluginContract(deskPlugin, { system: sensors })) test(name, run)
})

suite('the publishable source of that page', () => {
  for (const { name, run } of pluginContract(badgePlugin, { options: { day: 10 } })) test(name, run)
})
