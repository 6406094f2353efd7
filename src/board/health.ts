// How well the sources are, in words and in three tones.
import type { SourceDocument } from '../client/index.ts'

export type Tone = 'good' | 'unsure' | 'bad'

const TONES: Readonly<Record<SourceDocument['state'], Tone>> = {
  settled: 'good',
  ready: 'good',
  standby: 'good',
  connecting: 'unsure',
  settling: 'unsure',
  lost: 'bad',
}

const WORDS: Readonly<Record<SourceDocument['state'], string>> = {
  settled: 'connected',
  ready: 'ready',
  standby: 'run by another node',
  connecting: 'connecting',
  settling: 'learning who is there',
  lost: 'connection lost',
}

/** What a node that only looks on says of the one that runs the source (CollectorSource.info). */
const ELSEWHERE = /^run by node .*?, (connecting|settling|settled|lost): /

/** A state that a later version may add is shown as it is. */
export function healthOf({ state, detail }: SourceDocument): { readonly tone: Tone; readonly words: string } {
  const there = state === 'standby' ? ELSEWHERE.exec(detail ?? '')?.[1] : undefined
  if (there === 'connecting' || there === 'settling' || there === 'lost') {
    return { tone: TONES[there], words: `${WORDS.standby}: ${WORDS[there]}` }
  }
  return { tone: TONES[state] ?? 'unsure', words: WORDS[state] ?? String(state) }
}

/** All of them in one sentence, which names those that are not well. */
export function healthSummary(sources: readonly SourceDocument[]): { readonly tone: Tone; readonly words: string } {
  const told = sources.map((source) => ({ name: source.name, ...healthOf(source) }))
  for (const tone of ['bad', 'unsure'] as const) {
    const some = told.filter((source) => source.tone === tone)
    const [first] = some
    if (first !== undefined) {
      const words = some.length === 1 ? `${first.name}: ${first.words}` : `${some.length} sources need a look`
      return { tone, words }
    }
  }
  return { tone: 'good', words: sources.length === 1 ? 'The source is fine' : `All ${sources.length} sources are fine` }
}
