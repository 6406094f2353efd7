// The library's XML parser within bounds (no stanza without end, no nesting deep enough to hurt), for any split of the text.
import { XmlParser } from './library.ts'

/** The longest stanza, in characters, where nobody says otherwise. Servers refuse their users' stanzas far below. */
export const STANZA_LIMIT = 512 * 1024
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
  /** The beginning, until it is known whether an XML declaration stands there; undefined afterwards. */
  #beginning: string | undefined = ''

  constructor() {
    super()
    this.on('element', () => {
      this.#pending = 0
    })
  }

  override onStartElement(name: string, attributes: { readonly [name: string]: string | undefined }): void {
    this.#depth += 1
    if (this.#depth <= this.depthLimit) super.onStartElement(name, attributes)
  }

  override onEndElement(name: string): void {
    this.#depth -= 1
    if (this.#depth < this.depthLimit) super.onEndElement(name)
  }

  override onText(text: string): void {
    if (this.#depth > this.depthLimit) return
    // Keep-alives are white space between stanzas; kept, they would gather in the root for as long as the stream lives.
    if (this.#depth > 1) super.onText(text)
  }

  override write(text: string): void {
    this.#pending += text.length
    super.write(this.#beginning === undefined ? text : this.#withoutDeclaration(this.#beginning + text))
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
