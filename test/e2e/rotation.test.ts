// Secrets are changed three times while many clients ask and publish: nobody is refused who has either secret in force.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { test } from 'node:test'
import { createToken } from '../../src/core/tokens.ts'
import { startDaemon } from '../support/daemon.ts'

const CLIENTS = 12
/** For a stream that should end at once; only whoever waits in vain needs it. Milliseconds. */
const PATIENCE = 20_000
const ADA = 'ada@example.test'

const tokenOf = (secret: string, user: string) => createToken(secret, user, Math.floor(Date.now() / 1000))
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

interface Answer {
  readonly status: number
  readonly body: string
}

function ask(url: string, agent: Agent, method: string, headers: Record<string, string>, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body)
    const options = { agent, method, headers: { ...headers, 'content-length': bytes.length } }
    const asked = request(url, options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.once('error', reject)
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
    })
    asked.once('error', reject)
    asked.end(bytes)
  })
}

/** Asks and publishes on one connection until it is told to end, always with the newest secret that it was given. */
class Client {
  readonly wrong: Answer[] = []
  count = 0
  secret: string
  readonly #url: string
  readonly #user: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #over = false
  #told: { readonly secret: string; readonly resolve: () => void } | undefined

  constructor(url: string, index: number, secret: string) {
    this.#url = url
    this.#user = `user${index}@example.test`
    this.secret = secret
  }

  async run(): Promise<void> {
    while (!this.#over) {
      const { secret } = this
      // One token for several requests, so that the memory of verified ones is asked, too.
      const token = tokenOf(secret, this.#user)
      const entries = [{ user_id: this.#user, spreed: { status: 'busy', message: `${this.count}` } }]
      const body = JSON.stringify({ AuthenticationToken: token, Type: 'UserStatus', UserStatus: entries })
      this.#note(await ask(this.#url, this.#agent, 'PUT', {}, body))
      this.#note(await ask(this.#url, this.#agent, 'GET', {}, body))
      const user = `${this.#url}/v1/users/${this.#user}`
      this.#note(await ask(user, this.#agent, 'GET', bearer(token)))
      if (this.#told?.secret === secret) this.#told.resolve()
    }
    this.#agent.destroy()
  }

  /** Resolves when everything asked from then on has the new secret. */
  moveTo(secret: string): Promise<void> {
    this.secret = secret
    return new Promise((resolve) => {
      this.#told = { secret, resolve }
    })
  }

  end(): void {
    this.#over = true
  }

  #note(answer: Answer): void {
    this.count += 1
    if (answer.status !== 200) this.wrong.push(answer)
  }
}

test('three rotations under load: no 401 with a secret in force, nothing left open with one withdrawn', async (context) => {
  const settings = { plugins: 'spreed', server_token_expire: 60 }
  const daemon = await startDaemon({ config: { ...settings, server_secret_key: 'secret0' } })
  context.after(() => daemon.stop())
  const reload = async (config: Record<string, string>) => {
    const after = daemon.logLines.length
    daemon.configure({ ...settings, ...config })
    daemon.signal('SIGHUP')
    await daemon.waitForLog(/reloaded presence\.cfg/, { after })
  }
  const clients = Array.from({ length: CLIENTS }, (_, index) => new Client(daemon.url, index, 'secret0'))
  const running = clients.map((client) => client.run())
  context.after(() => {
    for (const client of clients) client.end()
  })

  for (const [old, next] of [
    ['secret0', 'secret1'],
    ['secret1', 'secret2'],
    ['secret2', 'secret3'],
  ] as const) {
    const oldToken = tokenOf(old, ADA)
    const asked = { headers: bearer(oldToken), signal: AbortSignal.timeout(PATIENCE) }
    const watching = (await fetch(`${daemon.url}/v1/watch?user_id=${ADA}`, asked)).text()
    const session = { method: 'POST', body: JSON.stringify({ token: oldToken }) }
    const [cookie = ''] = (await fetch(`${daemon.url}/board/session`, session)).headers.getSetCookie()
    const buy = async () => {
      const headers = { cookie: cookie.split(';')[0] ?? '', 'sec-fetch-site': 'same-origin' }
      const answer = await fetch(`${daemon.url}/board/token`, { method: 'POST', headers })
      await answer.arrayBuffer()
      return answer.status
    }
    const sources = async (token: string) => {
      const answer = await fetch(`${daemon.url}/v1/sources`, { headers: bearer(token) })
      await answer.arrayBuffer()
      return answer.status
    }
    assert.deepEqual([await buy(), await sources(oldToken)], [200, 200])

    await reload({ server_secret_key: next, server_secret_key_previous: old })
    assert.deepEqual([await buy(), await sources(oldToken), await sources(tokenOf(next, ADA))], [200, 200, 200])
    await Promise.all(clients.map((client) => client.moveTo(next)))

    await reload({ server_secret_key: next })
    const withdrawn = performance.now()
    assert.match(await watching, /\nevent: expired\ndata: \{\}\n\n$/)
    context.diagnostic(`the stream ended ${Math.round(performance.now() - withdrawn)} ms after the withdrawal`)
    // The old token was verified before, and is not believed any more.
    assert.deepEqual([await buy(), await sources(oldToken), await sources(tokenOf(next, ADA))], [401, 401, 200])
  }
  for (const client of clients) client.end()
  await Promise.all(running)
  assert.deepEqual(
    clients.flatMap(({ wrong }) => wrong),
    [],
  )
  const count = clients.reduce((sum, client) => sum + client.count, 0)
  context.diagnostic(`${count} requests`)
  assert.ok(count >= CLIENTS * 9)
})
