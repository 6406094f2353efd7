// A second opinion about tokens, written from docs/http-api.md alone ("Tokens"); it shares nothing with src.
import { createHmac } from 'node:crypto'

/** `USER until MILLISECONDS`, or why not; a wrong signature and a wrong shape are one reason here. */
export function judge(token: string, secrets: readonly string[], now: number, minutes: number): string {
  const [, time = '', user = '', signature] = /^([0-9]+):(.+):([^:]*)$/s.exec(token) ?? []
  const sums = secrets.map((secret) => createHmac('sha256', secret).update(`${time}:${user}`).digest('base64'))
  const isSigned = sums.some((sum) => signature === sum || signature === sum.toUpperCase())
  if (!isSigned || user === '' || !user.isWellFormed() || [...user].length > 1024) return 'no token'
  const age = now - Number(time) * 1000
  if (Math.abs(age) <= minutes * 60_000) return `${user} until ${Number(time) * 1000 + minutes * 60_000}`
  return age > 0 ? 'expired' : 'ahead'
}
