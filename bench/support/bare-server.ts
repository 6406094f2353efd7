// The yardstick: a server that does for GET and PUT of `/` the least that any server must, without caches and without a store.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

interface Section {
  readonly status: string
  readonly message: string
}

interface Asked {
  readonly AuthenticationToken: string
  readonly UserStatus: readonly { readonly user_id: string; readonly [source: string]: unknown }[]
}

const secret = process.env.BARE_SECRET ?? ''
const users = new Map<string, Map<string, Section>>()

/** Whether the signature of `<unix seconds>:<user id>:<signature>` is right and its time within five minutes. */
function isGenuine(token: string): boolean {
  const last = token.lastIndexOf(':')
  const signed = token.slice(0, last)
  const computed = Buffer.from(createHmac('sha256', secret).update(signed).digest('base64').toUpperCase())
  const given = Buffer.from(token.slice(last + 1))
  if (given.length !== computed.length || !timingSafeEqual(given, computed)) return false
  return Math.abs(Date.now() / 1000 - Number(signed.slice(0, signed.indexOf(':')))) <= 300
}

function answer(method: string | undefined, body: Buffer): string | undefined {
  const { AuthenticationToken, UserStatus } = JSON.parse(body.toString()) as Asked
  if (!isGenuine(AuthenticationToken)) return undefined
  if (method === 'PUT') {
    for (const { user_id: userId, ...sections } of UserStatus) {
      const known = users.get(userId) ?? new Map<string, Section>()
      users.set(userId, known)
      for (const [source, { status, message }] of Object.entries(sections as Record<string, Section>))
        known.set(source, { status, message })
    }
    return ''
  }
  const found = UserStatus.map(({ user_id: userId }) => ({
    user_id: userId,
    ...Object.fromEntries(users.get(userId) ?? []),
  }))
  return JSON.stringify({ Type: 'UserStatus', UserStatus: found })
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const text = answer(request.method, Buffer.concat(chunks))
    response.statusCode = text === undefined ? 401 : 200
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end(text)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
