// The client's end of a connection within this process, so that bytes can be given to it in chosen pieces, as the kernel would.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

const CHANNEL = 'net.client.socket'

/** The first socket that is connected from here while `open` runs, with what that resolves to. */
export async function clientSocketOf<Result>(open: () => Promise<Result>): Promise<{ socket: Socket; result: Result }> {
  const sockets: Socket[] = []
  const take = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'socket' in message) sockets.push(message.socket as Socket)
  }
  subscribe(CHANNEL, take)
  try {
    const result = await open()
    const [socket] = sockets
    if (socket === undefined) throw new Error('nobody has connected')
    return { socket, result }
  } finally {
    unsubscribe(CHANNEL, take)
  }
}

/** The bytes arrive at this end in one piece. Whatever throws there is thrown here. */
export function arrive(socket: Socket, bytes: Buffer): void {
  if (!socket.destroyed && bytes.length > 0) socket.push(bytes)
}

/** Everything that was set off is through, as far as it needs nothing from outside. */
export async function turns(count = 2): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
