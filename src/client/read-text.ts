// Reads the body of an answer up to a bound.

/** More than any answer to one request for one user can be: a few sections with a message of 10,000 code points each. */
const LIMIT = 4 * 1024 * 1024

/** The body as text. Throws when it is longer than the bound, in bytes. */
export async function readText(response: Response, limit = LIMIT): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    length += value.length
    if (length > limit) {
      await reader.cancel()
      throw new Error(`the answer is longer than ${limit} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
