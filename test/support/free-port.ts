// TCP ports for servers that can't choose one themselves, or must come back on the same one.
import { createServer } from 'node:net'

// Below the range from which the kernel takes the local ports of outgoing connections, so that none of those
// can sit on the port of a server that is being restarted.
const FIRST = 15_000
const COUNT = 15_000

const given = new Set<number>()

/** A port on 127.0.0.1 that nobody listens on now, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
