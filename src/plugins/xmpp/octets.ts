// Texts as octets, one a character: the library's base64 knows no other letters than Latin-1's and would send those wrong.

/** The UTF-8 of a text, a character for each octet. */
export function toOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text whose UTF-8 this is. */
export function fromOctets(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}
