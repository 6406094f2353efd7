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

/** The first that matches counts: the innermost frame of a stack that any of them knows. */
const PARTS: readonly (readonly [part: string, pattern: RegExp])[] = [
  ['idle', /^\(idle\) /],
  ['collecting garbage', /^\(garbage collector\) /],
  ['token', /\/(core\/tokens|http\/auth|http\/wrong-signatures)\.js$/],
  ['reading the body, JSON.parse', /\/http\/(body|json-bounds)\.js$/],
  ['shape, repeated questions', /\/http\/(legacy-shape|shape-bounds|questions|rights)\.js$/],
  ['users: look-up, publication', /\/dist\/(core|plugins)\//],
  ['store', /\/(dist\/store|node_modules\/(lmdb|msgpackr|ordered-binary|weak-lru-cache))\//],
  ['JSON of the answer', /\/http\/(json-text|legacy)\.js$/],
  ['rest of the HTTP server', /\/dist\//],
  ['fastify', /\/node_modules\//],
  ['Node: HTTP, sockets, streams', /node:|^\(program\) /],
]
const REST = 'other'

/** Some requests, and from when to when they were answered, on the clock of the profile. */
export interface Span {
  readonly requests: number
  readonly begin: number
  readonly end: number
}

/** Microseconds of each part for one of the requests of a span; idle is left out. */
export function sharesOf(profile: Profile, { requests, begin, end }: Span): ReadonlyMap<string, number> {
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
  const shares = new Map(PARTS.map(([name]) => [name, 0]))
  let now = profile.startTime
  for (const [index, id] of samples.entries()) {
    const took = timeDeltas[index] ?? 0
    now += took
    if (now < begin || now > end) continue
    const name = partOf(id)
    shares.set(name, (shares.get(name) ?? 0) + took / requests)
  }
  shares.delete('idle')
  return shares
}
