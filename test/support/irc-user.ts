// A person on IRC, as raw lines over a socket.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const PATIENCE = 20_000

export class IrcUser {
  readonly #socket: Socket
  readonly lines: string[] = []
  #wake = new Set<() => void>()
  #over = false

  private constructor(socket: Socket) {
    this.#socket = socket
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split(/\r?\n/)
      rest = parts.pop() ?? ''
      for (const line of parts) {
        if (line.startsWith('PING ')) this.send(`PONG ${line.slice(5)}`)
        this.lines.push(line)
      }
      for (const wake of [...this.#wake]) wake()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#over = true
      for (const wake of [...this.#wake]) wake()
    })
  }

  /** Resolves when the server has let the user in. */
  static async login(port: number, nick: string, { password }: { password?: string } = {}): Promise<IrcUser> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const user = new IrcUser(socket)
    if (password !== undefined) user.send(`PASS ${password}`)
    user.send(`NICK ${nick}`)
    user.send('USER someone 0 * :Some One')
    await user.received(/^\S+ (376|422) /)
    return user
  }

  send(line: string): void {
    this.#socket.write(`${line}\r\n`)
  }

  /** Bytes as they are, with their line end. */
  sendBytes(bytes: Buffer): void {
    this.#socket.write(Buffer.concat([bytes, Buffer.from('\r\n')]))
  }

  /** The first line from `after` on that matches, waiting for it. */
  async received(pattern: RegExp, after = 0): Promise<string> {
    const end = performance.now() + PATIENCE
    let next = after
    for (;;) {
      for (; next < this.lines.length; next += 1) {
        const line = this.lines[next] ?? ''
        if (pattern.test(line)) return line
      }
      const left = end - performance.now()
      if (this.#over || left <= 0)
        throw new Error(`no line ${pattern}; the last ones:\n${this.lines.slice(-10).join('\n')}`)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          this.#wake.delete(done)
          resolve()
        }
        const timer = setTimeout(done, left)
        this.#wake.add(done)
      })
    }
  }

  /** Sends and waits for what the server says to it. */
  async ask(line: string, pattern: RegExp): Promise<string> {
    const after = this.lines.length
    this.send(line)
    return this.received(pattern, after)
  }

  /** Leaves with a reason, and waits for the server's end. */
  async quit(reason = 'bye'): Promise<void> {
    this.send(`QUIT :${reason}`)
    if (!this.#over) await once(this.#socket, 'close')
  }

  /** Without a word. */
  kill(): void {
    this.#socket.destroy()
  }
}
