// A web site of a test, from an origin of its own: some pages written by the test, and folders of files.
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { listenOnLoopback } from './loopback.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

export interface WebSiteParts {
  /** Text by path; a path without an extension is a page in HTML. */
  readonly pages?: ReadonlyMap<string, string | (() => string | Promise<string>)>
  /** Folders by the paths under which they are served, with a slash at both ends. */
  readonly folders?: ReadonlyMap<string, string>
  /** Of every answer. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface WebSite {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
}

/** Serves until after the test: pass its context, or CleanUps for all tests of a file. */
export async function startWebSite(
  t: { after(cleanUp: () => void): void },
  { pages = new Map(), folders = new Map(), headers = {} }: WebSiteParts,
): Promise<WebSite> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    const page = pages.get(pathname)
    const answer = (status: number, type = 'text/plain') =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers })
    if (page !== undefined) {
      const text = typeof page === 'string' ? page : await page()
      answer(200, TYPES[extname(pathname)] ?? TYPES['.html']).end(text)
      return
    }
    // A browser asks for this by itself.
    if (pathname === '/favicon.ico') return void answer(204).end()
    const [prefix, folder] = [...folders].find(([path]) => pathname.startsWith(path)) ?? []
    const path = folder === undefined ? undefined : join(folder, normalize(pathname.slice(prefix?.length ?? 0)))
    if (path === undefined || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
      answer(404).end('There is nothing here.\n')
      return
    }
    createReadStream(path).pipe(answer(200, TYPES[extname(path)]))
  })
  const port = await listenOnLoopback(t, server)
  return { origin: `http://127.0.0.1:${port}` }
}
