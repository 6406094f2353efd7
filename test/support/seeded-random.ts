// Chance that can be repeated: the same seed gives the same story.

/** Numbers from 0 to below 1, by the generator of Marsaglia (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
