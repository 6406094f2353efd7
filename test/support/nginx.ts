// Starts a real nginx before a daemon, with the lines of deploy/nginx-presence.conf.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from './certificates.ts'
import { startChild } from './children.ts'
import { freePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'

const PROGRAM = '/usr/sbin/nginx'
const SNIPPET = new URL('../../deploy/nginx-presence.conf', import.meta.url).pathname
/** As whom the snippet knows the daemon. */
const DAEMON = 'http://127.0.0.1:1234'

export interface Nginx {
  /** `http://127.0.0.1:PORT` and the same with TLS; the daemon is beneath `/presence/` of both. */
  readonly url: string
  readonly tlsUrl: string
  /** Who vouches for its certificate, which is for `localhost`. */
  readonly caFile: string
  log(): string
}

/** Resolves when it listens; it ends after the test: pass its context, or `{ after }` of node:test. `more` stands beside its server. */
export async function startNginx(
  t: { after(cleanUp: () => Promise<void>): void },
  daemonUrl: string,
  more = '',
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-nginx-'))
  const [port, tlsPort] = [await freePort(), await freePort()]
  const { certificateFile, keyFile, caFile } = await makeCertificates(folder, ['localhost'])
  const snippet = readFileSync(SNIPPET, 'utf8')
  if (!snippet.includes(DAEMON)) throw new Error(`${SNIPPET} does not name ${DAEMON}`)
  mkdirSync(join(folder, 'temp'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const configFile = join(folder, 'nginx.conf')
  writeFileSync(
    configFile,
    `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/temp/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${certificateFile};
    ssl_certificate_key ${keyFile};
    ${snippet.replaceAll(DAEMON, daemonUrl)}
  }
  ${more}
}
`,
  )
  const server = new ServerProcess(
    folder,
    () => startChild(PROGRAM, ['-e', 'stderr', '-p', folder, '-c', configFile]),
    async (child) => void (await child.waitForLine(/start worker process \d+/)),
  )
  t.after(async () => {
    // With its worker; that of a killed master would live on.
    await server.shutdown()
    await server.stop()
  })
  await server.start()
  return { url: `http://127.0.0.1:${port}`, tlsUrl: `https://localhost:${tlsPort}`, caFile, log: server.log }
}

const SEVERAL = new URL('../../deploy/nginx-several-nodes.conf', import.meta.url).pathname
const BALANCER = '127.0.0.1:1233'
const NODE = /server presence-\d\.example\.com:1234 (.*);\n/g

/** The same before several nodes, with the lines of deploy/nginx-several-nodes.conf as well. */
export async function startNginxBefore(
  t: { after(cleanUp: () => Promise<void>): void },
  nodes: readonly string[],
): Promise<Nginx> {
  const lines = readFileSync(SEVERAL, 'utf8')
  const [, [, how = ''] = []] = [...lines.matchAll(NODE)]
  if (!lines.includes(`listen ${BALANCER};`) || how === '') throw new Error(`${SEVERAL} names no nodes or no address`)
  const balancer = `127.0.0.1:${await freePort()}`
  const named = nodes.map((url) => `server ${new URL(url).host} ${how};`).join('\n')
  let isFirst = true
  const own = lines.replaceAll(BALANCER, balancer).replace(NODE, () => {
    const text = isFirst ? `${named}\n` : ''
    isFirst = false
    return text
  })
  return await startNginx(t, `http://${balancer}`, own)
}
