// Reads the body of an answer, up to a bound and for as long as its signal lets it.

/** More than any answer to one request for one user can be: a few sections with a message of 10,000 code points each. */
const LIMIT = 4 * 1024 * 1024

/**
 * A reader that ends when the signal comes: what waits for it is told that it is done. The signal of the `fetch` is not enough, since
 * Node.js 20 loses what ties it to the body in a garbage collection; such a body would never end when its server falls silent.
 */
export function readerOf(body: ReadableStream<Uint8Array>, signal: AbortSignal) {
  const reader = body.getReader()
  const end = () => void reader.cancel(signal.reason).catch(() => undefined)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  return reader
}

/** The body as text. Throws when it is longer than the bound, in bytes, or when the signal comes before its end. */
export async function readText(response: Response, signal: AbortSignal, limit = LIMIT): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  const reader = readerOf(response.body, signal)
  for (;;) {
    const { done, value } = await reader.read()
    signal.throwIfAborted()
    if (done) return text + decoder.decode()
    length += value.length
    if (length > limit) {
      await reader.cancel()
      throw new Error(`the answer is longer than ${limit} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
