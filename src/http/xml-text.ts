// Text from elsewhere inside XML and HTML: nothing of it is markup, and none of it turns or hides what stands around it.
import { printable } from '../core/printable.ts'

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/**
 * Text for an element or a quoted attribute. Characters that XML has not (XML 1.0, section 2.2) and those that act on their
 * surroundings become U+FFFD; line breaks (as line feeds) and tabs stay.
 */
export function xmlText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[^\n\t]+/g, printable)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')
}
