// What the samples of a profile say: how long the main thread was in which part of the work. Pure.

/** What V8 writes with --cpu-prof, as far as it counts here. */
export interface Profile {
  readonly nodes: readonly ProfileNode[]
  /** Microseconds of the machine's monotonic clock, that of `process.hrtime`. */
  readonly startTime: number
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

/** The first that matches counts: the innermost frame of a stack that any of them knows. What Node does for whoever calls it is the caller's. */
const PARTS: readonly (readonly [part: string, pattern: RegExp])[] = [
  ['idle', /^\(idle\) /],
  ['collecting garbage', /^\(garbage collector\) /],
  ['outside JavaScript: kernel, HTTP parser', /^\(program\) /],
  ['body: joining, JSON.parse', /\/http\/(body|json-bounds)\.js$/],
  ['token', /\/(core\/tokens|http\/auth|http\/wrong-signatures)\.js$/],
  ['shape, and questions that came before', /\/http\/(legacy-shape|shape-bounds|questions|rights)\.js$/],
  ['users: look-up, publication', /\/dist\/(core|plugins)\//],
  ['store', /\/(dist\/store|node_modules\/(lmdb|msgpackr|ordered-binary|weak-lru-cache))\//],
  ['JSON of the answer', /\/http\/(json-text|legacy|presence-resource)\.js$/],
  ['rest of the HTTP server', /\/dist\//],
  ['framework', /\/node_modules\//],
  ['writing (Node)', /node:_http_outgoing|^\w*[wW]rite\w* node:|node:internal\/streams\/writable/],
  ['reading (Node)', /node:(_http|net|events|internal\/(streams|stream_base))/],
  ['promises, timers, rest of Node', /node:(?!buffer|crypto|internal\/(buffer|crypto|util|validators|errors))/],
]
const REST = 'other'

/** What the main thread has used of the processor, and when, on the clock of the profile; microseconds. */
export interface Span {
  readonly used: number
  readonly begin: number
  readonly end: number
}

/**
 * Divides what was used by where the samples of the span were taken. Samples count, not the time between them, which is also that of
 * other programs; those of an idle thread are left out.
 */
export function sharesOf(profile: Profile, { used, begin, end }: Span): ReadonlyMap<string, number> {
  const { nodes, samples, timeDeltas } = profile
  const part = new Map<number, string>()
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const partOf = (id: number | undefined): string => {
    const node = id === undefined ? undefined : byId.get(id)
    if (id === undefined || node === undefined) return REST
    let found = part.get(id)
    if (found === undefined) {
      const { functionName, url } = node.callFrame
      found = PARTS.find(([, pattern]) => pattern.test(`${functionName} ${url}`))?.[0] ?? partOf(parents.get(id))
      part.set(id, found)
    }
    return found
  }
  const counts = new Map(PARTS.map(([name]) => [name, 0]))
  let now = profile.startTime
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0
    if (now < begin || now > end) continue
    const name = partOf(id)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  counts.delete('idle')
  const all = [...counts.values()].reduce((sum, one) => sum + one, 0)
  return new Map([...counts].map(([name, count]) => [name, all === 0 ? 0 : (used * count) / all]))
}
