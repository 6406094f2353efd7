// What the documentation tells people to type: the fenced blocks of a page.

/** The contents of the blocks of one language (`sh`, `ini`, ...), in their order. */
export function blocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')
  return [...markdown.matchAll(fence)].map(([, content = '']) => content)
}
