// How many requests stand in these bytes, by RFC 9112 read strictly and alone: a second opinion about framing.

export interface Framing {
  /** Requests that nobody can read in two ways, from the beginning on. */
  readonly clear: number
  /**
   * What stands behind them: nothing, the beginning of another one, one whose end can be seen in two places, or something else
   * that is not clear.
   */
  readonly tail: 'end' | 'partial' | 'ambiguous' | 'odd'
}

const HEAD =
  /^([A-Z]+) (\/[!-~]*) HTTP\/1\.([01])\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e\x80-\xff\t]*\r\n)*)\r\n/

export function framingOf(text: string): Framing {
  let clear = 0
  let rest = text
  while (rest !== '') {
    const head = HEAD.exec(rest)
    if (head === null) return { clear, tail: isBeginning(rest) ? 'partial' : 'odd' }
    const length = bodyLength(head[4] ?? '', head[3] ?? '', rest.slice(head[0].length))
    if (typeof length !== 'number') return { clear, tail: length }
    clear += 1
    rest = rest.slice(head[0].length + length)
    // Who asks for both gets a connection that is kept.
    if (has(head[4] ?? '', 'close') && has(head[4] ?? '', 'keep-alive')) return { clear, tail: 'odd' }
    // What stands behind the last request may be passed over, or refused.
    if (isLast(head[4] ?? '', head[3] ?? '')) return { clear, tail: rest === '' ? 'end' : 'partial' }
  }
  return { clear, tail: 'end' }
}

/** Whether nothing stands here that a request could not begin with, as far as it has come. */
function isBeginning(rest: string): boolean {
  if (/\r\n\r\n|(^|[^\r])\n|\0/.test(rest)) return false
  const end = rest.indexOf('\n')
  return end === -1 || /^[A-Z]+ \/[!-~]* HTTP\/1\.[01]\r\n$/.test(rest.slice(0, end + 1))
}

function isLast(headers: string, minor: string): boolean {
  return has(headers, 'close') || (minor === '0' && !has(headers, 'keep-alive'))
}

function has(headers: string, option: string): boolean {
  return new RegExp(`^connection:(.*,)?[ \\t]*${option}[ \\t]*(,|\\r)`, 'im').test(headers)
}

/** The length of the body with its framing. */
function bodyLength(headers: string, minor: string, rest: string): number | Exclude<Framing['tail'], 'end'> {
  const values = (name: string) =>
    [...headers.matchAll(new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'gim'))].map(([, value = '']) => value)
  const lengths = values('content-length')
  const codings = values('transfer-encoding')
  if (codings.length + lengths.length === 0) return 0
  const [length] = lengths
  const [coding] = codings
  if (coding === undefined) {
    if (lengths.length > 1 || length === undefined || !/^\d{1,9}$/.test(length)) return 'ambiguous'
    return rest.length >= Number(length) ? Number(length) : 'partial'
  }
  if (minor === '0' || lengths.length > 0 || codings.length > 1) return 'ambiguous'
  if (coding.toLowerCase() !== 'chunked') return /,[ \t]*chunked$/i.test(coding) ? 'odd' : 'ambiguous'
  return /^(upgrade|trailer):/im.test(headers) ? 'odd' : chunkedLength(rest)
}

function chunkedLength(rest: string): number | Exclude<Framing['tail'], 'end'> {
  let at = 0
  for (;;) {
    const size = /^([0-9A-Fa-f]{1,8})\r\n/.exec(rest.slice(at, at + 12))
    if (size === null) return rest.indexOf('\r\n', at) === -1 && rest.length - at < 10 ? 'partial' : 'odd'
    at += size[0].length
    const bytes = Number.parseInt(size[1] ?? '', 16)
    if (bytes === 0) return rest.startsWith('\r\n', at) ? at + 2 : rest.length < at + 2 ? 'partial' : 'odd'
    if (rest.length < at + bytes + 2) return 'partial'
    if (!rest.startsWith('\r\n', at + bytes)) return 'odd'
    at += bytes + 2
  }
}
