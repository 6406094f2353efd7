// The least that makes a presence service of Redis: one Node process that looks users up in a hash, whose fields are the ready JSON of each. No tokens.
import { createServer } from 'node:http'
import { createClient } from '@redis/client'

interface Asked {
  readonly UserStatus: readonly { readonly user_id: string }[]
}

const HASH = 'presence'
const client = createClient({ socket: { path: process.env.REDIS_SOCKET ?? '', tls: false } })
await client.connect()

async function answer(body: Buffer): Promise<string> {
  const ids = (JSON.parse(body.toString()) as Asked).UserStatus.map(({ user_id }) => user_id)
  const found = ids.length === 1 ? [await client.hGet(HASH, ids[0] ?? '')] : await client.hmGet(HASH, ids)
  const entries = found.map((text, index) => text ?? JSON.stringify({ user_id: ids[index] }))
  return `{"Type":"UserStatus","UserStatus":[${entries.join(',')}]}`
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    answer(Buffer.concat(chunks)).then(
      (text) => {
        response.setHeader('content-type', 'application/json; charset=utf-8')
        response.end(text)
      },
      (error: unknown) => {
        console.error(error)
        response.statusCode = 500
        response.end()
      },
    )
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
