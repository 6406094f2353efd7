// What stands in the streams, as Redis answers XREAD and XRANGE.

export interface NewsItem {
  /** Its place in the stream. */
  readonly id: string
  /** Of which save it is. */
  readonly token: string
  readonly version: number
  readonly key: Buffer
  readonly value: Buffer
}

/** Something that this daemon has not written. */
export interface ForeignItem {
  readonly id: string
  readonly version: undefined
}

/** The streams in which there is something, with what is in them. */
export function readStreams(answer: unknown): ReadonlyMap<string, readonly (NewsItem | ForeignItem)[]> {
  const streams = new Map<string, readonly (NewsItem | ForeignItem)[]>()
  for (const stream of listOf(answer)) {
    const [name, items] = listOf(stream)
    streams.set(String(name), readItems(items))
  }
  return streams
}

export function readItems(answer: unknown): readonly (NewsItem | ForeignItem)[] {
  return listOf(answer).map(readItem)
}

/** `[id, [n, token, k, key, v, value]]`, all as bytes. */
function readItem(item: unknown): NewsItem | ForeignItem {
  const [place, fields] = listOf(item)
  const id = String(place)
  const version = Number(/^(\d+)-0$/.exec(id)?.[1] ?? Number.NaN)
  const [n, token, k, key, v, value, ...more] = listOf(fields)
  const isOurs = String(n) === 'n' && String(k) === 'k' && String(v) === 'v' && more.length === 0
  if (!isOurs || !Buffer.isBuffer(key) || !Buffer.isBuffer(value) || !Number.isSafeInteger(version)) {
    return { id, version: undefined }
  }
  return { id, token: String(token), version, key, value }
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
