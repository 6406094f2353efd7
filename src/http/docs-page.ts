// The page that people read: the OpenAPI document as HTML, made on the server, without scripts and without anything from elsewhere.
import { DOCS_STYLE } from './docs-style.ts'
import type { MediaTypes, OpenApiDocument, OperationObject, ResponseObject, SchemaObject } from './openapi.ts'
import { schemaInWords } from './schema-words.ts'
import { xmlText } from './xml-text.ts'

/** The page. Its links are relative, so that they are right behind a proxy's prefix too. */
export function docsPage(document: OpenApiDocument): string {
  const { info, paths, components } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ title: `${method.toUpperCase()} ${path}`, operation })),
  )
  const list = operations.map(({ title, operation }) => {
    return `<li><a href="#${operation.operationId}"><code>${xmlText(title)}</code></a></li>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${xmlText(info.title)}: the HTTP interface</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
<header>
<h1>${xmlText(info.title)}: the HTTP interface, version ${xmlText(info.version)}</h1>
${paragraphs(info.description)}
<p>For programs: <a href="v1/openapi.json">the same as an OpenAPI document</a>.</p>
</header>
<nav aria-label="Operations"><ul>${list.join('\n')}</ul></nav>
<main>
<h2>Operations</h2>
${operations.map(({ title, operation }) => operationSection(title, operation, document)).join('\n')}
<h2>Shapes</h2>
${Object.entries(components.schemas).map(schemaSection).join('\n')}
</main>
</body>
</html>
`
}

function operationSection(title: string, operation: OperationObject, document: OpenApiDocument): string {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation
  const asked = parameters.map(({ name, in: place, required, schema, description: said }) => {
    return row([`<code>${xmlText(name)}</code>`, place, required ? 'needed' : '', `${shape(schema)}. ${text(said)}`])
  })
  const answers = Object.entries(responses).map(([status, response]) => {
    const { description: meaning, content, headers = {} } = resolved(response, document)
    const names = Object.keys(headers).map((name) => ` With <code>${xmlText(name)}</code>.`)
    return row([status, text(meaning) + names.join(''), types(content)])
  })
  return `<section aria-labelledby="${operationId}">
<h3 id="${operationId}"><code>${xmlText(title)}</code></h3>
<p>${text(summary)}.${security.length === 0 ? ' <span class="quiet">Without a token.</span>' : ''}</p>
${description === undefined ? '' : paragraphs(description)}
${table('Parameters', ['name', 'in', '', 'meaning'], asked)}
${requestBody === undefined ? '' : `<p>Body: ${types(requestBody.content)}</p>`}
${table('Answers', ['status', 'when', 'body'], answers)}
</section>`
}

function schemaSection([name, schema]: readonly [string, SchemaObject]): string {
  const { properties, required = [], description } = schema
  const members = Object.entries(properties ?? {}).map(([member, inside]: [string, SchemaObject]) => {
    const needed = required.includes(member) ? 'always' : ''
    return row([`<code>${xmlText(member)}</code>`, needed, `${shape(inside)}. ${text(inside.description)}`])
  })
  return `<section aria-labelledby="schema-${name}">
<h3 id="schema-${name}">${xmlText(name)}</h3>
<p>${text(description)}</p>
${properties === undefined ? `<p>It is ${shape(schema)}.</p>` : table('Members', ['name', '', 'meaning'], members)}
</section>`
}

/** What a value must be, with links to the shapes that have names. */
function shape(schema: SchemaObject): string {
  const name = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '')?.[1]
  if (name !== undefined) return `<a href="#schema-${name}">${breakable(name)}</a>`
  if (schema.anyOf !== undefined) return schema.anyOf.map(shape).join(', or ')
  const words = xmlText(schemaInWords(schema))
  return schema.items === undefined ? words : `${words}, each ${shape(schema.items)}`
}

function types(content: MediaTypes = {}): string {
  return Object.entries(content)
    .map(
      ([type, { schema }]) =>
        `<code>${breakable(xmlText(type))}</code>${schema === undefined ? '' : `: ${shape(schema)}`}`,
    )
    .join(', or ')
}

/** Where a name that is too long for its place may go on in the next line. */
function breakable(name: string): string {
  return name.replace(/(?<=[/+])|(?<=[a-z])(?=[A-Z])/g, '<wbr>')
}

function resolved(
  response: ResponseObject | { readonly $ref: string },
  { components }: OpenApiDocument,
): ResponseObject {
  if (!('$ref' in response)) return response
  return components.responses[response.$ref.replace('#/components/responses/', '')] ?? { description: '' }
}

function table(caption: string, heads: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return ''
  const head = heads.map((title) => (title === '' ? '<td></td>' : `<th scope="col">${title}</th>`)).join('')
  return `<div class="wide"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function row([head = '', ...cells]: readonly string[]): string {
  return `<tr><th scope="row">${head}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

function paragraphs(written: string): string {
  return written
    .split('\n\n')
    .map((paragraph) => `<p>${text(paragraph)}</p>`)
    .join('\n')
}

/** Prose, in which backquotes mark what is code. */
function text(written = ''): string {
  return xmlText(written).replace(/`([^`]*)`/g, '<code>$1</code>')
}
