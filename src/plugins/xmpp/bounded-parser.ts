// The library's XML parser within bounds (no stanza without end, no nesting deep enough to hurt), for any split of the text.
import { XmlParser } from './library.ts'

/** The longest stanza, in characters, where nobody says otherwise. Servers refuse their users' stanzas far below. */
export const STANZA_LIMIT = 512 * 1024
/** The longest text, attribute or comment, in characters, also where a stanza may be longer. */
export const TOKEN_LIMIT = 512 * 1024
/**
 * The library looks for the end of a text anew from each of its characters, so that a piece costs the square of its length, and
 * copies what has no end yet for each piece. In characters; with this both cost some milliseconds for the longest text.
 */
export const PIECE = 512
/**
 * What is nested deeper is left out of the element, and the session goes on: anybody may send the account such a stanza, so it must
 * not end anything. The library's elements call themselves for each level.
 */
export const DEPTH_LIMIT = 64

/** A stanza, or whatever else stands under the stream, is longer than the limit. */
export class StanzaTooLong extends Error {
  override readonly name = 'StanzaTooLong'
}

export class BoundedParser extends XmlParser {
  /** In characters; may change while the stream lives. */
  limit = STANZA_LIMIT
  depthLimit = DEPTH_LIMIT
  #depth = 0
  /** Characters since the last complete stanza; what follows one in the same chunk is not counted. */
  #pending = 0
  /** Characters since the last thing that was read, be it a tag or a text. */
  #token = 0
  /** The beginning, until it is known whether an XML declaration stands there; undefined afterwards. */
  #beginning: string | undefined = ''

  constructor() {
    super()
    this.on('element', () => {
      this.#pending = 0
    })
  }

  override onStartElement(name: string, attributes: { readonly [name: string]: string | undefined }): void {
    this.#token = 0
    this.#depth += 1
    if (this.#depth <= this.depthLimit) super.onStartElement(name, attributes)
  }

  override onEndElement(name: string): void {
    this.#token = 0
    this.#depth -= 1
    if (this.#depth < this.depthLimit) super.onEndElement(name)
  }

  override onText(text: string): void {
    this.#token = 0
    if (this.#depth > this.depthLimit) return
    // Keep-alives are white space between stanzas; kept, they would gather in the root for as long as the stream lives.
    if (this.#depth > 1) super.onText(text)
  }

  override write(text: string): void {
    this.#pending += text.length
    const rest = this.#beginning === undefined ? text : this.#withoutDeclaration(this.#beginning + text)
    for (let at = 0; at < rest.length; at += PIECE) {
      const piece = rest.slice(at, at + PIECE)
      this.#token += piece.length
      super.write(piece)
      if (this.#token > TOKEN_LIMIT) throw new StanzaTooLong(`more than ${TOKEN_LIMIT} characters without a tag`)
    }
    if (this.#pending > this.limit) throw new StanzaTooLong(`more than ${this.limit} characters without an end`)
  }

  /** The library never finds the end of an XML declaration that is split before its last character. */
  #withoutDeclaration(text: string): string {
    const end = text.indexOf('?>')
    const complete = text.startsWith('<?') ? end !== -1 : !'<?'.startsWith(text)
    this.#beginning = complete ? undefined : text
    if (!complete) return ''
    return text.startsWith('<?') ? text.slice(end + 2) : text
  }
}
