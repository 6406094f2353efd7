// Reads the sources as a whole, and finds what breaks the house's rules: arrows between rooms, circles, duty lines, length.
import { posix } from 'node:path'
import { type Node, parseSync, Visitor } from 'oxc-parser'

/** How one room may use another: fully, or only its types. */
export type Arrow = 'all' | 'types'

/** For each room (a folder right under src, or a file there), the rooms that it may import. */
export type Arrows = ReadonlyMap<string, ReadonlyMap<string, Arrow>>

export interface Rules {
  readonly arrows: Arrows
  /** The packages that may be imported, besides Node's own modules. */
  readonly packages: ReadonlySet<string>
  /** Rooms that have packages of their own, and may import no other ones, nor modules of Node. */
  readonly roomPackages: ReadonlyMap<string, ReadonlySet<string>>
  /** Modules that may import what only a running daemon knows. */
  readonly computedImports: ReadonlySet<string>
  readonly longestFile: number
}

export interface Report {
  /** Sentences; none when all is well. */
  readonly violations: readonly string[]
  readonly modules: number
  /** How many imports were followed from one module to another. */
  readonly arrows: number
}

interface Import {
  /** Undefined when it is computed. */
  readonly specifier: string | undefined
  readonly typeOnly: boolean
}

/** Checks a set of modules, given by path (relative to src) and text. */
export function checkArchitecture(sources: ReadonlyMap<string, string>, rules: Rules): Report {
  const violations: string[] = []
  const graph = new Map<string, readonly string[]>()
  let arrows = 0
  for (const [path, text] of sources) {
    violations.push(...shapeMistakes(path, text, rules.longestFile))
    const { imports, errors } = importsOf(path, text)
    for (const error of errors) violations.push(`${path} can't be parsed: ${error}`)
    const targets: string[] = []
    for (const found of imports) {
      const target = targetOf(path, found)
      const mistake =
        target === undefined ? outsideMistake(path, found, rules) : arrowMistake(path, target, found, sources, rules)
      if (mistake !== undefined) violations.push(`${path} ${mistake}`)
      if (target !== undefined) targets.push(target)
    }
    arrows += targets.length
    graph.set(path, targets)
  }
  for (const circle of circles(graph)) violations.push(`circle: ${circle.join(' -> ')}`)
  return { violations, modules: graph.size, arrows }
}

function shapeMistakes(path: string, text: string, longest: number): string[] {
  const lines = text.split('\n')
  const duty = lines[0]?.startsWith('#!') ? lines[1] : lines[0]
  const length = text.endsWith('\n') ? lines.length - 1 : lines.length
  const mistakes = []
  if (!/^\/\/ \S.{10,}/.test(duty ?? '')) mistakes.push(`${path} does not say its duty in its first line`)
  if (length > longest) mistakes.push(`${path} has ${length} lines, more than ${longest}`)
  return mistakes
}

/** Every way in which TypeScript names another module. */
function importsOf(path: string, text: string): { imports: Import[]; errors: string[] } {
  const { program, errors } = parseSync(path, text)
  const imports: Import[] = []
  const add = (source: Node | null, typeOnly: boolean): void => {
    if (source !== null) imports.push({ specifier: literal(source), typeOnly })
  }
  new Visitor({
    // `import { type A }` still loads the module, so only `import type` counts as one of types.
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.source, false),
    TSImportType: (node) => add(node.source, true),
    TSExternalModuleReference: (node) => add(node.expression, false),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.arguments[0] ?? null, false)
    },
  }).visit(program)
  return { imports, errors: errors.map(({ message }) => message) }
}

function literal(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** The path of the module that is meant, if it is one of the project's own. */
function targetOf(path: string, { specifier }: Import): string | undefined {
  if (specifier === undefined || !/^[./]|^file:/.test(specifier) || specifier.endsWith('.css')) return undefined
  return posix.join(posix.dirname(path), specifier)
}

function outsideMistake(path: string, { specifier }: Import, rules: Rules): string | undefined {
  if (specifier === undefined) {
    return rules.computedImports.has(path) ? undefined : 'imports a module whose name is computed'
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const own = rules.roomPackages.get(room(path))
  if (own !== undefined) {
    // A style sheet is no module: the bundler takes it.
    if (own.has(name) || /^\.\/[\w/-]+\.css$/.test(specifier)) return undefined
    return `imports ${specifier}, which is not among the packages of ${room(path)}`
  }
  if (specifier.startsWith('node:')) return undefined
  return rules.packages.has(name) ? undefined : `imports ${specifier}, which is not among the dependencies`
}

function arrowMistake(
  path: string,
  target: string,
  { typeOnly }: Import,
  sources: ReadonlyMap<string, string>,
  rules: Rules,
): string | undefined {
  if (!sources.has(target)) return `imports ${target}, which is not a module of src`
  const from = room(path)
  const to = room(target)
  if (from === to) return neighbourMistake(path, target)
  const arrow = rules.arrows.get(from)?.get(to)
  if (arrow === undefined) return `imports ${target}: ${from} must not know ${to}`
  if (arrow === 'types' && !typeOnly) return `imports ${target}: ${from} may only import types of ${to}`
  return undefined
}

/** A plugin sees nothing but its context: neither another plugin nor what runs it. */
function neighbourMistake(path: string, target: string): string | undefined {
  const plugin = /^plugins\/[^/]+\//.exec(path)?.[0]
  if (plugin === undefined || target.startsWith(plugin)) return undefined
  return `imports ${target}: a plugin must not know what is beside it`
}

/** The folder right under src, or the file there. */
function room(path: string): string {
  return path.split('/', 1)[0] ?? path
}

/** One circle for each import that closes one. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const walk = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start !== -1) {
      found.push([...way.slice(start), path])
      return
    }
    if (done.has(path)) return
    for (const target of graph.get(path) ?? []) walk(target, [...way, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return found
}
