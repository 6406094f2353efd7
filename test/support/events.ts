// A reader of server-sent events for tests: as it comes over the socket, event by event.
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

export interface ServerEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: unknown
}

export interface EventReader {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The next event, waiting for it; undefined at the end of the stream. */
  next(): Promise<ServerEvent | undefined>
  /** All events up to and including the first of this name. */
  until(event: string): Promise<ServerEvent[]>
  /** How many comments came so far. */
  readonly comments: number
  readonly response: IncomingMessage
  close(): void
}

/** Opens a stream; resolves with the head of the answer. */
export function readEvents(
  url: string,
  token: string,
  { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
): Promise<EventReader> {
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    const options = { method, headers: { authorization: `Bearer ${token}`, ...headers }, agent: false }
    const asked = request(url, options, (response) => resolve(reader(asked, response)))
    asked.on('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function reader(asked: ClientRequest, response: IncomingMessage): EventReader {
  const events: ServerEvent[] = []
  let over = false
  let comments = 0
  let rest = ''
  let wake = (): void => {}
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      if (block.startsWith(':')) comments += 1
      else events.push(parse(block))
    }
    wake()
  })
  const end = (): void => {
    over = true
    wake()
  }
  response.on('end', end).on('close', end).on('error', end)
  const next = async (): Promise<ServerEvent | undefined> => {
    while (events.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve))
    return events.shift()
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    next,
    async until(name) {
      const found: ServerEvent[] = []
      for (let event = await next(); event !== undefined; event = await next()) {
        found.push(event)
        if (event.event === name) return found
      }
      throw new Error(`the stream ended without ${name}: ${JSON.stringify(found)}`)
    },
    get comments() {
      return comments
    },
    response,
    close: () => asked.destroy(),
  }
}

function parse(block: string): ServerEvent {
  const field = (name: string): string | undefined => {
    const line = block.split('\n').find((candidate) => candidate.startsWith(`${name}: `))
    return line?.slice(name.length + 2)
  }
  return { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? 'null') }
}
