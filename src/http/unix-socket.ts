// Listening on a Unix socket: what a killed daemon left at its path is replaced, whatever else is there stays.
import { lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { FatalError, reason } from '../core/errors.ts'

/** Who may connect. */
export interface SocketRights {
  /** Permissions, as of a file. */
  readonly mode: number
  /** The group it belongs to; without it that of this process. */
  readonly group?: number | undefined
}

const PREFIX = 'unix:'

/** The path in `unix:/path`; undefined for an address of a network. */
export function socketPath(bind: string): string | undefined {
  return bind.startsWith(PREFIX) ? bind.slice(PREFIX.length) : undefined
}

/** Resolves with `unix:/path`; rejects with a FatalError that says what to do. */
export async function listenOnSocket(server: Server, path: string, rights: SocketRights): Promise<string> {
  const refuse = (error: unknown): never => {
    if (error instanceof FatalError) throw error
    throw new FatalError(`cannot listen on ${PREFIX}${path}: ${remedy(error)}`, { cause: error })
  }
  await removeLeftover(path).catch(refuse)
  await bound(server, path, rights).catch(refuse)
  return `${PREFIX}${path}`
}

/** A socket to which nobody listens is that of a daemon that was killed. */
async function removeLeftover(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) {
    // Said here, since binding would call it a lack of rights.
    await lstat(dirname(path))
    return
  }
  if (!stats.isSocket()) {
    throw new FatalError(
      `cannot listen on ${PREFIX}${path}: something else is there, and it is left alone; remove it, or choose another path for server_bind`,
    )
  }
  if (await isAnswered(path)) {
    throw new FatalError(
      `cannot listen on ${PREFIX}${path}: another process listens there; stop that, or choose another path for server_bind`,
    )
  }
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      // Its queue is full, so there is somebody.
      else if (error.code === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}

/** The socket is made with its rights, so that at no moment it has others. */
function bound(server: Server, path: string, { mode, group }: SocketRights): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const own = process.getegid?.()
    const umask = process.umask(0o777 & ~mode)
    try {
      if (group !== undefined) process.setegid?.(group)
      // It is bound when the call returns, and tells of it later.
      server.listen({ path }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    } finally {
      if (group !== undefined && own !== undefined) process.setegid?.(own)
      process.umask(umask)
    }
  })
}

function remedy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'its folder is missing; make it (with systemd: RuntimeDirectory=kopano for /run/kopano)'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'this account may not make it there; give it the folder'
    case 'EADDRINUSE':
      return 'another process has just taken it; stop that, or choose another path for server_bind'
    default:
      return reason(error)
  }
}
