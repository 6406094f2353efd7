// Parses a stream of server-sent events, as the WHATWG HTML standard (section 9.2) says, from pieces of any size.

export interface ServerSentEvent {
  /** "message" when the stream names none. */
  readonly type: string
  readonly data: string
}

/** In UTF-16 units; far more than a presence document with the longest messages has. */
const LINE_LIMIT = 4 * 1024 * 1024
const EVENT_LIMIT = 2 * LINE_LIMIT

export class EventStreamParser {
  /** That of the last event; it stays in force for events without one of their own, and for the next connection. */
  lastEventId: string
  /** The pause before reconnecting that the stream asked for, in milliseconds. */
  retry: number | undefined
  /** Waits for the other bytes of a split letter, and drops a byte order mark at the start. */
  readonly #decoder = new TextDecoder()
  readonly #lineLimit: number
  readonly #eventLimit: number
  #line = ''
  #afterReturn = false
  #type = ''
  #data: string[] = []
  #size = 0
  #id: string

  constructor(lastEventId = '', lineLimit = LINE_LIMIT, eventLimit = EVENT_LIMIT) {
    this.lastEventId = lastEventId
    this.#id = lastEventId
    this.#lineLimit = lineLimit
    this.#eventLimit = eventLimit
  }

  /**
   * The events that these bytes complete, each when it is asked for, so that `lastEventId` is that event's. Throws RangeError when
   * a line or an event is too long.
   */
  *feed(bytes: Uint8Array): Generator<ServerSentEvent, void, undefined> {
    const text = this.#decoder.decode(bytes, { stream: true })
    // A line may end with CR, LF or both, and the two may come in different pieces.
    let start = this.#afterReturn && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.#afterReturn = text.endsWith('\r')
    const ends = /\r\n?|\n/g
    ends.lastIndex = start
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      this.#extend(text.slice(start, end.index))
      start = ends.lastIndex
      const line = this.#line
      this.#line = ''
      if (line !== '') this.#field(line)
      else {
        const event = this.#dispatch()
        if (event !== undefined) yield event
      }
    }
    this.#extend(text.slice(start))
  }

  #extend(piece: string): void {
    if (this.#line.length + piece.length > this.#lineLimit) {
      throw new RangeError(`A line of the event stream is longer than ${this.#lineLimit}.`)
    }
    this.#line += piece
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const rest = colon === -1 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    // A comment has the empty name.
    if (name === 'data') this.#addData(value)
    else if (name === 'event') this.#type = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retry = Number(value)
  }

  #addData(value: string): void {
    this.#size += value.length + 1
    if (this.#size > this.#eventLimit) {
      throw new RangeError(`An event of the event stream is longer than ${this.#eventLimit}.`)
    }
    this.#data.push(value)
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { type: this.#type === '' ? 'message' : this.#type, data: this.#data.join('\n') }
    const empty = this.#data.length === 0
    this.#type = ''
    this.#data = []
    this.#size = 0
    this.lastEventId = this.#id
    return empty ? undefined : event
  }
}
