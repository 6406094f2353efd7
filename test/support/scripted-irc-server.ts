// A TCP server that says what a test wants, to whoever connects: an IRC server as bad as need be.

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import type { Undoing } from './clean-ups.ts'

export interface ScriptedIrcServer {
  readonly port: number
  /** Every line that came, in order. */
  readonly lines: readonly string[]
  /** The first line that matches, waiting for it. */
  received(pattern: RegExp): Promise<string>
  /** To everybody, with line ends. */
  say(...lines: readonly string[]): void
  sayBytes(bytes: Buffer): void
}

/** Answers by the first word of a line; ends with the test. */
export async function scriptedIrcServer(
  t: Undoing,
  answers: Readonly<Record<string, readonly string[] | ((line: string) => readonly string[])>> = {},
): Promise<ScriptedIrcServer> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const wakers = new Set<() => void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\r\n')
      rest = parts.pop() ?? ''
      for (const line of parts) {
        lines.push(line)
        const answer = answers[line.split(' ', 1)[0] ?? ''] ?? []
        for (const reply of typeof answer === 'function' ? answer(line) : answer) socket.write(`${reply}\r\n`)
      }
      for (const wake of wakers) wake()
      wakers.clear()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    async received(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line))
        if (found !== undefined) return found
        await new Promise<void>((resolve) => wakers.add(resolve))
      }
    },
    say(...said) {
      for (const socket of sockets) socket.write(said.map((line) => `${line}\r\n`).join(''))
    },
    sayBytes(bytes) {
      for (const socket of sockets) socket.write(bytes)
    },
  }
}

/** What lets somebody in. */
export const WELCOME: readonly string[] = [
  ':s 001 presence :Welcome',
  ':s 004 presence s test-1 a b',
  ':s 005 presence CASEMAPPING=ascii NICKLEN=9 :are supported',
  ':s 422 presence :no motd',
]
