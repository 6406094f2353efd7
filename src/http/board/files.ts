// The files of the status board: read once, and served from memory with what browsers must keep to.
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { FatalError, reason } from '../../core/errors.ts'
import { refuseOtherMethods } from '../methods.ts'
import { Problem } from '../problem.ts'

export interface BoardFile {
  readonly type: string
  readonly content: Buffer
}

export interface BoardFiles {
  readonly page: BoardFile
  /** By their names under `assets/`, which change with their contents. */
  readonly assets: ReadonlyMap<string, BoardFile>
}

/** The most bytes of all files together: more is not the board. */
const SIZE_LIMIT = 16 * 1024 * 1024

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json'],
  ['.map', 'application/json'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.webmanifest', 'application/manifest+json'],
  ['.woff2', 'font/woff2'],
])

/** Nothing is loaded from elsewhere, nothing in the page can run but its own files, and nobody can frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** A name with its content's hash in it never means anything else, so a browser need not ask again. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const NEVER = 'no-store'

/** What the build has put into a folder: `index.html` and `assets/`. Undefined when the board was not built. */
export function loadBoardFiles(folder: string): BoardFiles | undefined {
  const page = read(folder, 'index.html')
  if (page === undefined) return undefined
  const assets = new Map<string, BoardFile>()
  const path = join(folder, 'assets')
  let size = page.content.length
  for (const entry of entries(path)) {
    const file = entry.isFile() ? read(path, entry.name) : undefined
    if (file === undefined) continue
    assets.set(entry.name, file)
    size += file.content.length
    if (size > SIZE_LIMIT) throw new FatalError(`${folder} is too large to be the status board; build it anew`)
  }
  return { page, assets }
}

export function addBoardFiles(app: FastifyInstance, files: BoardFiles | undefined): void {
  function send(reply: FastifyReply, { type, content }: BoardFile, keep: string): FastifyReply {
    return reply.headers({ ...HEADERS, 'content-type': type, 'cache-control': keep }).send(content)
  }

  app.route({
    method: ['GET', 'HEAD'],
    url: '/board',
    // Relative, since a proxy may have its own name for where this is; and with the view that is asked for.
    handler: ({ url }, reply) =>
      reply
        .code(308)
        .header('location', url.replace(/^[^?]*/, 'board/'))
        .send(),
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/board/',
    handler(_request, reply) {
      if (files === undefined) throw new Problem(404, 'The status board has not been built; run "npm run build".')
      return send(reply, files.page, NEVER)
    },
  })

  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/board/assets/*',
    handler(request, reply) {
      const file = files?.assets.get(request.params['*'])
      if (file === undefined) throw new Problem(404, 'The status board has no such file.')
      return send(reply, file, FOR_EVER)
    },
  })

  for (const url of ['/board', '/board/', '/board/assets/*']) refuseOtherMethods(app, url, ['GET', 'HEAD'])
}

function read(folder: string, name: string): BoardFile | undefined {
  const content = unlessMissing(() => readFileSync(join(folder, name)))
  return content && { type: TYPES.get(extname(name)) ?? 'application/octet-stream', content }
}

function entries(folder: string): readonly Dirent[] {
  return unlessMissing(() => readdirSync(folder, { withFileTypes: true })) ?? []
}

function unlessMissing<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new FatalError(`the files of the status board can't be read: ${reason(error)}; build it anew`)
  }
}
