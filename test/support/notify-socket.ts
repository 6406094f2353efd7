// The socket on which systemd would listen for sd_notify(3), by Python, since Node has no Unix datagram sockets.
import { join } from 'node:path'
import { type Child, startChild } from './children.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PROGRAM = `
import socket, sys
listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(listening.recv(4096).decode().replace("\\n", " "), flush=True)
`

export interface NotifySocket {
  /** What NOTIFY_SOCKET says. */
  readonly path: string
  /** The datagrams, a line each, but for those by which systemd-notify waits. */
  words(): readonly string[]
  /** Resolves when a word matches, among those after so many (default: all). */
  waitFor(pattern: RegExp, after?: number): Promise<void>
  /** How many there are by now. */
  count(): number
}

/** Listens until the test is over. */
export async function startNotifySocket(t: { after(cleanUp: () => unknown): void }): Promise<NotifySocket> {
  const path = join(temporaryFolder(t), 'notify')
  const child: Child = await startChild('python3', ['-c', PROGRAM, path])
  t.after(() => child.end())
  await child.waitForLine(/^bound$/)
  return {
    path,
    words: () => child.lines.slice(1).filter((line) => line !== 'BARRIER=1'),
    waitFor: async (pattern, after = 0) => void (await child.waitForLine(pattern, { after })),
    count: () => child.lines.length,
  }
}
