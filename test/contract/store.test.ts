// Every store that needs no server keeps the contract.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/core/log.ts'
import type { PresenceStore } from '../../src/core/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { describeStore } from './store-contract.ts'

describeStore('memory', async () => {
  let store = new MemoryStore()
  return {
    store,
    async reopen() {
      await store.close()
      store = store.reopen()
      return store
    },
    cleanup: () => store.close(),
  }
})

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
