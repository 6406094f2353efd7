// A right token, and what malformed ones are made of it with.
import { createHmac } from 'node:crypto'

/** A right token and its parts. */
export interface RightToken {
  readonly seconds: number
  readonly userId: string
  readonly secret: string
  /** As base64 gives it. */
  readonly plain: string
  /** In which of the two ways it is written. */
  readonly isUpper: boolean
}

/** Numbers from 0 to below 1. */
export type Chance = () => number
export type Maker = (right: RightToken, chance: Chance) => string

export function pick<Item>(items: readonly [Item, ...Item[]], chance: Chance): Item {
  return items[Math.floor(chance() * items.length)] ?? items[0]
}

export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64')
}

export function written({ seconds, userId, plain, isUpper }: RightToken): string {
  return `${seconds}:${userId}:${isUpper ? plain.toUpperCase() : plain}`
}

export const at = (text: string, index: number, replacement: string) =>
  text.slice(0, index) + replacement + text.slice(index + 1)
export const anywhere = (text: string, chance: Chance) => Math.floor(chance() * text.length)
