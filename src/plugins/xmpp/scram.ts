// SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802, RFC 7677): logs in without showing the password, and makes the server prove that it knows it.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { excerpt } from '../../core/printable.ts'
import type { Mechanism } from './library.ts'
import { fromOctets, toOctets } from './octets.ts'
import { saslPrep } from './sasl-prep.ts'

const deriveKey = promisify(pbkdf2)

/** RFC 7677 asks for at least so many; fewer would make a stolen proof cheap to guess. */
const FEWEST_ITERATIONS = 4096
/** A server that asks for more would keep this machine busy: the default of the field's servers is below 100,000. */
const MOST_ITERATIONS = 1_000_000

export type ScramHash = 'sha256' | 'sha1'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** The server's part went wrong: it is not what it says, or does not speak SCRAM as it should. */
export class ScramError extends Error {
  override readonly name = 'ScramError'
}

/** One login. The library calls `response`, `challenge`, `response`; whoever began the login must call `finish` at its success. */
export class Scram implements Mechanism {
  readonly name: string
  readonly clientFirst = true
  readonly #hash: ScramHash
  readonly #nonce: string
  #challenges: string[] = []
  #firstBare = ''
  /** What the server must sign with, once the proof is sent. */
  #expected: Buffer | undefined
  #verified = false

  /** The nonce is random; a test vector says its own. */
  constructor(hash: ScramHash, nonce: string = randomBytes(24).toString('base64')) {
    this.name = hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1'
    this.#hash = hash
    this.#nonce = nonce
  }

  challenge(text: string): void {
    this.#challenges.push(fromOctets(text))
    if (this.#challenges.length > 2) throw new ScramError('the server asks too often')
    // Some servers put their signature into a challenge instead of the success.
    if (this.#challenges.length === 2) this.#verify(fromOctets(text))
  }

  async response(credentials: Credentials): Promise<string> {
    const [serverFirst, serverFinal] = this.#challenges
    if (serverFirst === undefined) {
      const username = saslPrep(credentials.username).replaceAll('=', '=3D').replaceAll(',', '=2C')
      this.#firstBare = `n=${username},r=${this.#nonce}`
      return toOctets(`n,,${this.#firstBare}`)
    }
    return serverFinal === undefined ? toOctets(await this.#proof(serverFirst, credentials.password)) : ''
  }

  /** At the server's success, with the text in it: throws unless the server has proved that it knows the password. */
  finish(text: string): void {
    if (!this.#verified) this.#verify(text)
  }

  async #proof(serverFirst: string, password: string): Promise<string> {
    const { nonce, salt, iterations } = readServerFirst(serverFirst)
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new ScramError('the server did not build on the nonce that it was given')
    }
    const length = this.#hash === 'sha256' ? 32 : 20
    const salted = await deriveKey(saslPrep(password), salt, iterations, length, this.#hash)
    const clientKey = this.#hmac(salted, 'Client Key')
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`
    const message = `${this.#firstBare},${serverFirst},${withoutProof}`
    const signature = this.#hmac(createHash(this.#hash).update(clientKey).digest(), message)
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
    this.#expected = this.#hmac(this.#hmac(salted, 'Server Key'), message)
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  }

  #verify(serverFinal: string): void {
    const refusal = /^e=([^,]{1,100})/.exec(serverFinal)?.[1]
    if (refusal !== undefined) throw new ScramError(`the server says ${excerpt(refusal)}`)
    const given = /^v=([A-Za-z0-9+/=]+)(,|$)/.exec(serverFinal)?.[1]
    const signature = Buffer.from(given ?? '', 'base64')
    const { length } = this.#expected ?? []
    if (this.#expected === undefined || signature.length !== length || !timingSafeEqual(signature, this.#expected)) {
      throw new ScramError('the server could not prove that it knows the password: it may be an impostor')
    }
    this.#verified = true
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest()
  }
}

function readServerFirst(text: string): { nonce: string; salt: Buffer; iterations: number } {
  // Extensions may follow; one in front ("m=") must be refused by whoever doesn't know it.
  const match = /^r=([\x21-\x2b\x2d-\x7e]{1,1024}),s=([A-Za-z0-9+/]{2,1366}={0,2}),i=([1-9]\d{0,8})(,|$)/.exec(text)
  const [, nonce, salt, iterations] = match ?? []
  if (nonce === undefined || salt === undefined) throw new ScramError("the server's SCRAM challenge is malformed")
  const count = Number(iterations)
  if (count < FEWEST_ITERATIONS || count > MOST_ITERATIONS) {
    throw new ScramError(
      `the server asks for ${count} SCRAM iterations; only ${FEWEST_ITERATIONS} to ${MOST_ITERATIONS} are accepted`,
    )
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: count }
}
