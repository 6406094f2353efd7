// Every store that needs no server keeps the contract.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/core/log.ts'
import type { PresenceStore } from '../../src/core/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { describeSharedStore, describeStore } from './store-contract.ts'

const openMemory = async () => {
  const opened = [new MemoryStore()]
  const [first = new MemoryStore()] = opened
  const another = async (): Promise<MemoryStore> => {
    const store = first.reopen()
    opened.push(store)
    return store
  }
  return {
    store: first,
    another,
    async reopen() {
      await opened.at(-1)?.close()
      return await another()
    },
    async cleanup() {
      await Promise.all(opened.map((store) => store.close()))
    },
  }
}
describeStore('memory', openMemory)
describeSharedStore('memory', openMemory)

for (const sync of [true, false]) {
  describeStore(`embedded (${sync ? 'with' : 'without'} sync)`, async () => {
    const path = await mkdtemp(join(tmpdir(), 'presence-store-'))
    const open = (): Promise<PresenceStore> => openEmbeddedStore({ path, sync, log: silentLog })
    let store = await open()
    return {
      store,
      async reopen() {
        await store.close()
        store = await open()
        return store
      },
      async cleanup() {
        await store.close()
        await rm(path, { recursive: true })
      },
    }
  })
}
