// What a page of Markdown links to, and what can be linked to in it, as GitHub and npm show it.

/** The targets of its links and images, in their order; code is passed over. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown).replace(/`[^`\n]*`/g, '')
  const found = text.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]: (\S+)$|<(?:img|a) [^>]*?(?:src|href)="([^"]+)"/gm)
  return [...found].map(([, inline, reference, tag]) => inline ?? reference ?? tag ?? '')
}

/** The anchors of its headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, title = ''] of withoutCode(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = text.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)```.*?^\1```$/gms, '')
}
