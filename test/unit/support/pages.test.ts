// How the tests read pages: what is a block of commands, and what its mark says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocksOf, commandsOf, pagePaths } from '../../support/pages.ts'

const PAGE = `# A page
\`\`\`sh
one
\`\`\`

<!-- not run: needs root -->
\`\`\`bash
two
\`\`\`

1. In a list:

   <!-- run by test/e2e/readme.test.ts -->
   \`\`\`console
   $ three --of "it"
   an answer
   # four
   \`\`\`

\`\`\`json
{}
\`\`\`
`

test('blocks are found with their place, also within lists, and marks belong to the next block alone', () => {
  assert.deepEqual(
    blocksOf('page.md', PAGE).map((block) => [block.place, commandsOf(block), block.mark]),
    [
      ['page.md:2', 'one\n', undefined],
      ['page.md:7', 'two\n', { notRun: 'needs root' }],
      ['page.md:14', 'three --of "it"\nfour\n', { runBy: 'test/e2e/readme.test.ts' }],
      ['page.md:20', undefined, undefined],
    ],
  )
})

test('all pages are found', () => {
  const pages = pagePaths()
  for (const page of ['README.md', 'docs/http-api.md', 'src/plugins/xmpp/README.md', 'examples/php/README.md']) {
    assert.ok(pages.includes(page), page)
  }
})
