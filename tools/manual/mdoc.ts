// Writes text and macros of mdoc(7), the language of manual pages.

/** Text as it is: a backslash, and a dot or quote at the beginning of a line, would be read as orders. */
export function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replace(/^(?=[.'])/gm, '\\&')
}

/** The same as one argument of a macro. */
export function argument(text: string): string {
  const safe = escaped(text).replaceAll('"', '\\(dq')
  // Words that are macros themselves, and punctuation, would not be taken as text.
  return /^[\w/-]{3,}$/.test(safe) ? safe : `"${safe.replace(/^(?=[.,:;()[\]?!|]$|[A-Z][a-z]$)/, '\\&')}"`
}

const WIDTH = 78

/** A paragraph, each sentence beginning a line of its own as mdoc wants it. */
export function paragraph(text: string): string {
  return escaped(
    text
      .split(/(?<=[.:]) (?=[A-Z"])/)
      .flatMap(wrapped)
      .join('\n'),
  )
}

function wrapped(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines.splice(-1, 1, `${line} ${word}`)
  }
  return lines
}

/** The head of a page; the date is that of the release, and not of today. */
export function head(page: { name: string; section: number; about: string; date: string }): string {
  const { name, section, about, date } = page
  return [
    `.\\" Made by "npm run manual"; edit the sources instead.`,
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${escaped(about)}`,
  ].join('\n')
}

/** Terms with what they mean. */
export function tagged(entries: readonly (readonly [term: string, ...body: string[]])[]): string {
  const items = entries.map(([term, ...body]) => [`.It ${term}`, ...body].join('\n'))
  return ['.Bl -tag -width Ds', ...items, '.El'].join('\n')
}

/** Lines to type, as they are. */
export function literal(lines: readonly string[]): string {
  return ['.Bd -literal -offset indent', ...lines.map(escaped), '.Ed'].join('\n')
}
