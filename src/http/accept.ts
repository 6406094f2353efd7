// Content negotiation: which of the types that can be served a client likes best (RFC 9110, section 12.5.1).

interface Range {
  readonly type: string
  /** From 0, "never", to 1. */
  readonly quality: number
}

/**
 * The best of the offered media types for an Accept header. Of equally liked ones a type that is named counts more than one that a
 * wildcard covers, and then the first offer. Without a header, or when nothing offered is acceptable, the first offer: an answer
 * that can't be read says more than none.
 */
export function bestType<Type extends string>(accept: string | undefined, offers: readonly [Type, ...Type[]]): Type {
  const ranges = (accept ?? '').split(',').map(readRange)
  let [best] = offers
  let [bestQuality, bestDepth] = [0, 0]
  for (const offer of offers) {
    const { quality, depth } = liking(offer, ranges)
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && depth > bestDepth)) {
      best = offer
      bestQuality = quality
      bestDepth = depth
    }
  }
  return best
}

/** The most specific range that covers a type decides; of equal ones the first. */
function liking(offer: string, ranges: readonly Range[]): { readonly quality: number; readonly depth: number } {
  const patterns = ['*/*', `${offer.split('/', 1)[0]}/*`, offer]
  for (let depth = patterns.length - 1; depth >= 0; depth -= 1) {
    const range = ranges.find(({ type }) => type === patterns[depth])
    if (range !== undefined) return { quality: range.quality, depth }
  }
  return { quality: 0, depth: 0 }
}

/** Parameters other than the weight are passed over: the types offered have no variants. */
function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '')
  if (weight === undefined) return { type, quality: 1 }
  // What is no weight at all is taken for a wish that went wrong.
  return { type, quality: /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 }
}
