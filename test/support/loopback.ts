// HTTP servers of tests listen on a free port of 127.0.0.1, and end with the test whatever is still open.
import { once } from 'node:events'
import type { Server } from 'node:http'

/** Resolves with the port once the server listens. */
export async function listenOnLoopback(t: { after(cleanUp: () => void): void }, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
