// The credentials that systemd hands to a service (LoadCredential=, SetCredentialEncrypted=): files in a folder of its own.
import { isAbsolute, join } from 'node:path'
import { readPlainFile } from '../core/plain-file.ts'
import { isMissing } from './config-file.ts'

/** The largest that systemd takes. In bytes. */
const LIMIT = 1024 * 1024

/**
 * What the service was given at its start, by name. That never changes, so each is read once: a daemon that has given up root's
 * rights may not be able to read it again.
 */
export class Credentials {
  readonly #folder: string | undefined
  readonly #known = new Map<string, Uint8Array | undefined>()

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const { CREDENTIALS_DIRECTORY: folder } = environment
    this.#folder = folder !== undefined && isAbsolute(folder) ? folder : undefined
  }

  /** Where a credential of this name lies. */
  pathOf(name: string): string {
    return join(this.#folder ?? '', name)
  }

  /** Undefined when there is none. Rejects when it can't be read. */
  async read(name: string): Promise<Uint8Array | undefined> {
    if (this.#folder === undefined || this.#known.has(name)) return this.#known.get(name)
    const content = await this.#find(name)
    this.#known.set(name, content)
    return content
  }

  async #find(name: string): Promise<Uint8Array | undefined> {
    try {
      return (await readPlainFile(this.pathOf(name), LIMIT)).content
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
}
