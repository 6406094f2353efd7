// How the page of the documentation looks: its style sheet, and the policy that lets nothing else in.
import { createHash } from 'node:crypto'

export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: #8886; --quiet: light-dark(#555, #aaa); --accent: light-dark(#0a5a8f, #7cc4f5) }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem }
h1, h2, h3 { line-height: 1.2 } h2 { margin-top: 2.5rem } h3 { margin: 2rem 0 .5rem; overflow-wrap: anywhere; scroll-margin-top: 1rem }
a { color: var(--accent) }
code { font-family: ui-monospace, monospace; font-size: .95em }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line) }
th { font-weight: 400 } tbody th { width: 1%; min-width: 3.5rem }
td:last-child { overflow-wrap: anywhere }
thead th, thead td { color: var(--quiet); border-top: 0 }
section { border-top: 1px solid var(--line) }
nav ul { columns: 20rem; padding-left: 1.2rem }
.wide { overflow-x: auto }
.quiet { color: var(--quiet) }
`

/** Nothing is loaded, nothing runs, and no other page may frame it; only this very style sheet counts. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(DOCS_STYLE).digest('base64')}'`,
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')
