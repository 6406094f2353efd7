// Checks combined_order: each word is a state or the name of a source.
import { isStatus, STATUSES } from '../core/presence.ts'
import { excerpt } from '../core/printable.ts'
import { didYouMean } from './did-you-mean.ts'
import { KNOWN_PLUGINS } from './known-plugins.ts'

/**
 * What is wrong with the order, as sentences. The project's own plugins may be named without running, as `manual` is in the default, so
 * that switching one on or off takes one line only.
 */
export function combinedOrderMistakes(order: readonly string[], sources: readonly string[]): readonly string[] {
  const mistakes: string[] = []
  const names = [...STATUSES, ...sources]
  const seen = new Set<string>()
  for (const word of order) {
    if (seen.has(word)) mistakes.push(`names ${excerpt(word)} twice`)
    else if (!isStatus(word) && !sources.includes(word) && !KNOWN_PLUGINS.includes(word)) {
      const guess = didYouMean(word, names)
      mistakes.push(`"${excerpt(word)}" must be a state or a source (${names.join(', ')})${guess}`)
    }
    seen.add(word)
  }
  return mistakes
}
