// A TCP proxy that misbehaves on demand: cuts, swallows, delays, refuses, and hands on one byte at a time.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** How many connections it carries now, and how many clients it has accepted so far. */
  connections(): number
  accepted(): number
  /** Ends every connection at once, as a broken network would (RST). */
  cut(): void
  /**
   * While on, no byte and no end of a connection gets through, in either direction; nobody is told. New connections are
   * taken, but never reach the server. Switched off, what waited arrives, as TCP would send it again.
   */
  blackHole(on: boolean): void
  /** While on, what comes from the server arrives at the client one byte at a time. */
  splitAtEveryByte(on: boolean): void
  /** Holds every chunk back for so long. */
  delay(milliseconds: number): void
  /** While on, new connections are closed at once. */
  refuse(on: boolean): void
  /** Changes what the server says, chunk by chunk; undefined takes this back. */
  rewrite(change: ((chunk: Buffer) => Buffer) | undefined): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** Listens on a free port of 127.0.0.1 and connects to that port of the same address. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const mood = { split: false, wait: 0, refuse: false }
  let change: ((chunk: Buffer) => Buffer) | undefined
  let accepted = 0
  // What waits here waits for the end of the black hole.
  let gate = Promise.resolve()
  let openGate = () => {}

  const listener = createServer((client) => {
    accepted += 1
    client.on('error', () => {})
    if (mood.refuse) {
      client.destroy()
      return
    }
    const server = connect(targetPort, '127.0.0.1')
    const pair = { client: client.setNoDelay(true), server: server.setNoDelay(true) }
    pairs.add(pair)
    server.on('error', () => {})
    carry(client, server, (chunk) => [chunk])
    carry(server, client, (chunk) => {
      const changed = change === undefined ? chunk : change(chunk)
      return mood.split ? [...changed].map((byte) => Buffer.of(byte)) : [changed]
    })
    for (const socket of [client, server]) {
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) pairs.delete(pair)
      })
    }
  })

  function carry(from: Socket, to: Socket, pieces: (chunk: Buffer) => readonly Buffer[]): void {
    // One chain per direction keeps the order, however long each piece takes.
    let last = Promise.resolve()
    from.on('data', (chunk: Buffer) => {
      from.pause()
      last = last.then(async () => {
        if (mood.wait > 0) await new Promise((resolve) => setTimeout(resolve, mood.wait))
        for (const piece of pieces(chunk)) {
          await gate
          if (to.destroyed) break
          to.write(piece)
          // A turn of the loop between two single bytes makes them arrive as chunks of their own.
          if (mood.split) await new Promise((resolve) => setImmediate(resolve))
        }
        from.resume()
      })
    })
    from.on('end', () => {
      last = last.then(() => gate).then(() => void to.end())
    })
    from.on('close', () => {
      last = last.then(() => gate).then(() => void to.destroy())
    })
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const { client, server } of pairs) {
      for (const socket of [client, server]) {
        // One that is just ending can't be reset, and its handle would stay open.
        if (socket.writableEnded) socket.destroy()
        else socket.resetAndDestroy()
      }
    }
  }
  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => pairs.size,
    accepted: () => accepted,
    cut,
    blackHole(on) {
      openGate()
      if (!on) return
      gate = new Promise((resolve) => {
        openGate = resolve
      })
    },
    splitAtEveryByte(on) {
      mood.split = on
    },
    delay(milliseconds) {
      mood.wait = milliseconds
    },
    refuse(on) {
      mood.refuse = on
    },
    rewrite(next) {
      change = next
    },
    close() {
      openGate()
      cut()
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}
