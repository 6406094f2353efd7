// The users in the order in which they became known, in all and by domain: pages are found without a scan.
import { randomBytes } from 'node:crypto'

/** The cursor of a page is none of this run of the daemon. */
export class CursorError extends Error {
  override readonly name = 'CursorError'
}

/** Which users, from where on, and how many at the most. */
export interface PageQuery {
  /** What follows the last `@`, in any spelling; empty for users without one; absent for all users. */
  readonly domain?: string
  readonly cursor?: string
  readonly limit: number
}

export interface Page {
  /** Folded ids. */
  readonly users: readonly string[]
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined
}

/** The domain of a folded user id: what follows the last `@`, else nothing. */
export function domainOf(userId: string): string {
  const at = userId.lastIndexOf('@')
  return at < 0 ? '' : userId.slice(at + 1)
}

/** A list in the order of growing numbers, from which things go again. */
class NumberedList {
  readonly #numbers: number[] = []
  readonly #users: (string | undefined)[] = []
  #holes = 0

  get size(): number {
    return this.#users.length - this.#holes
  }

  /** The number must be higher than all before. */
  add(number: number, userId: string): void {
    this.#numbers.push(number)
    this.#users.push(userId)
  }

  remove(number: number): void {
    const index = this.#from(number)
    if (this.#numbers[index] !== number || this.#users[index] === undefined) return
    this.#users[index] = undefined
    this.#holes += 1
    if (this.#holes > 32 && this.#holes > this.#users.length / 2) this.#closeHoles()
  }

  /** Users with numbers from this one on. */
  *after(number: number): Generator<readonly [number, string]> {
    for (let index = this.#from(number); index < this.#users.length; index += 1) {
      const userId = this.#users[index]
      if (userId !== undefined) yield [this.#numbers[index] ?? 0, userId]
    }
  }

  /** The place of the first number that is not lower. */
  #from(number: number): number {
    let low = 0
    let high = this.#numbers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    return low
  }

  #closeHoles(): void {
    let kept = 0
    for (const [index, userId] of this.#users.entries()) {
      if (userId === undefined) continue
      this.#users[kept] = userId
      this.#numbers[kept] = this.#numbers[index] ?? 0
      kept += 1
    }
    this.#users.length = kept
    this.#numbers.length = kept
    this.#holes = 0
  }
}

export class UserIndex {
  /** Of this run: after a restart the numbers are others. */
  readonly #run = randomBytes(6).toString('base64url')
  readonly #all = new NumberedList()
  readonly #domains = new Map<string, NumberedList>()
  #next = 0

  /** A folded id that is not in the index; returns its number, by which it is removed. */
  add(userId: string): number {
    const number = this.#next
    this.#next += 1
    this.#all.add(number, userId)
    const domain = domainOf(userId)
    const list = this.#domains.get(domain) ?? new NumberedList()
    this.#domains.set(domain, list)
    list.add(number, userId)
    return number
  }

  remove(userId: string, number: number): void {
    this.#all.remove(number)
    const domain = domainOf(userId)
    const list = this.#domains.get(domain)
    list?.remove(number)
    if (list?.size === 0) this.#domains.delete(domain)
  }

  /** A page, in the order in which users became known. The domain must be folded. Throws CursorError. */
  page({ domain, cursor, limit }: PageQuery): Page {
    const list = domain === undefined ? this.#all : this.#domains.get(domain)
    const from = cursor === undefined ? 0 : this.#numberOf(cursor)
    const users: string[] = []
    for (const [number, userId] of list?.after(from) ?? []) {
      if (users.length === limit) return { users, nextCursor: `${this.#run}.${number}` }
      users.push(userId)
    }
    return { users, nextCursor: undefined }
  }

  #numberOf(cursor: string): number {
    const [run, number = '', ...rest] = cursor.split('.')
    if (run !== this.#run || !/^\d{1,15}$/.test(number) || rest.length > 0) {
      throw new CursorError('the cursor is none that this run of the daemon has given')
    }
    return Number(number)
  }
}
