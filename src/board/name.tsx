// Texts of people in the page: harmless, and each with its own direction.
import { shown } from './text.ts'

/** A name or a message. What an id says can't turn what stands beside it around. */
export function Text({ text, limit = 300 }: { readonly text: string; readonly limit?: number }) {
  return <bdi>{shown(text, limit)}</bdi>
}
