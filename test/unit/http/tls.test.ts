// TLS on the daemon itself: versions, renewal, and clients that speak none or say nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { after, suite, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { makeCertificates } from '../../support/certificates.ts'
import { startSite } from '../../support/http-site.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

async function certificates() {
  const { certificateFile, keyFile, caFile } = await makeCertificates(temporaryFolder({ after }), ['localhost'])
  const read = (file: string) => readFileSync(file, 'utf8')
  return { given: { certificate: read(certificateFile), key: read(keyFile) }, ca: read(caFile) }
}

const [first, second] = [await certificates(), await certificates()]
const ca = [first.ca, second.ca]

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

function ask(url: string, agent: Agent, { method = 'GET', headers = {}, body = '' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

async function secured(url: string, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), ca, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** All that comes back until the connection ends. */
async function rest(socket: TLSSocket | ReturnType<typeof connect>): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return text
}

suite('with a certificate', () => {
  test('the daemon speaks HTTP over TLS 1.2 and 1.3, and no older one', async (t) => {
    const { url } = await startSite(t, { certificate: first.given })
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const agent = new Agent({ ca, minVersion: version, maxVersion: version })
      assert.equal((await ask(`${url}/healthz`, agent)).status, 200)
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
    await assert.rejects(secured(url, old), /protocol version/)
  })

  test('a renewed one is for new connections, and open ones go on', async (t) => {
    const { url, server } = await startSite(t, { certificate: first.given })
    const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    assert.equal((await ask(`${url}/healthz`, agent)).status, 200)
    const [open] = Object.values(agent.freeSockets).flat()
    server.configure({ allowedOrigins: [], certificate: second.given })
    assert.equal((await ask(`${url}/healthz`, agent)).status, 200)
    assert.equal(Object.values(agent.freeSockets).flat()[0], open)
    const socket = await secured(url, { ca: second.ca })
    socket.destroy()
    await assert.rejects(secured(url, { ca: first.ca }), /certificate/)
  })

  test('who asks in the clear is told so in the clear, and the connection ends', async (t) => {
    const { url } = await startSite(t, { certificate: first.given })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.match(await rest(socket), /^HTTP\/1\.1 400 [\s\S]*This port speaks TLS; ask with https:/)
  })

  test('who begins no handshake, or does not end it, is cut off after the time for headers', async (t) => {
    const { url } = await startSite(t, { certificate: first.given, limits: { headersTimeout: 200 } })
    const port = Number(new URL(url).port)
    const silent = connect(port, '127.0.0.1')
    const begun = connect(port, '127.0.0.1')
    // The beginning of a record of 512 bytes.
    begun.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
    assert.deepEqual(await Promise.all([rest(silent), rest(begun)]), ['', ''])
    const agent = new Agent({ ca })
    assert.equal((await ask(`${url}/healthz`, agent)).status, 200)
  })

  test('what is no HTTP is refused over TLS, too', async (t) => {
    const { url } = await startSite(t, { certificate: first.given })
    const socket = await secured(url)
    socket.write('NONSENSE\r\n\r\n')
    assert.match(await rest(socket), /^HTTP\/1\.1 400 [\s\S]*This is not a request/)
  })

  test('the cookie of the board is for TLS alone', async (t) => {
    const site = await startSite(t, { certificate: first.given })
    const body = JSON.stringify({ token: site.token('ada@example.test') })
    const answer = await ask(`${site.url}/board/session`, new Agent({ ca }), { method: 'POST', body })
    assert.equal(answer.status, 200)
    assert.match(String(answer.headers['set-cookie']), /; Secure/)
  })

  test('the end comes as without, also for a handshake that is under way', async (t) => {
    const site = await startSite(t, { certificate: first.given })
    const idle = await secured(site.url)
    const begun = connect(Number(new URL(site.url).port), '127.0.0.1')
    await once(begun, 'connect')
    // After it this one has been taken, too.
    await ask(`${site.url}/healthz`, new Agent({ ca }))
    const ends = [rest(idle), rest(begun)]
    const closed = site.server.close()
    site.clock.advance(3_000)
    await closed
    await Promise.all(ends)
  })
})
