// Tokens as clients handle them: asked for, written into a header, made by backends that know the secret.

/**
 * Gives a token that is valid now. It is asked for at every request, so it may keep one for a while; `fresh` says that the
 * daemon has refused the last one, or that it has expired, so that only a new one helps.
 */
export type TokenProvider = (request: { readonly fresh: boolean }) => string | Promise<string>

/** The value of the Authorization header: `fetch` lets only Latin-1 into one, and a token holds whatever a user id may. */
export function bearer(token: string): string {
  const letters = base64(new TextEncoder().encode(token))
  return `Bearer ${letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
}

/** Whose token it is; undefined when it has not the shape of one. */
export function ownerOf(token: string): string | undefined {
  const first = token.indexOf(':')
  const last = token.lastIndexOf(':')
  return first === last ? undefined : token.slice(first + 1, last)
}

/**
 * Makes a token of a user, dated now, with the daemon's `server_secret_key`: `<unix seconds>:<user id>:<signature>`, signed by
 * HMAC-SHA-256. For backends only: whoever has the secret can be everybody. Throws TypeError for an empty secret or user id.
 */
export async function createToken(secret: string, userId: string, now: () => number = Date.now): Promise<string> {
  if (secret === '') throw new TypeError('The secret is empty; it must be the server_secret_key of the daemon.')
  if (userId === '') throw new TypeError('The user id is empty.')
  const encoder = new TextEncoder()
  const rules = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), rules, false, ['sign'])
  const signed = `${Math.floor(now() / 1000)}:${userId}`
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(signed))
  return `${signed}:${base64(new Uint8Array(signature)).toUpperCase()}`
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
