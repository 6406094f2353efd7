// Reads what a door of the package exports from its declarations (.d.ts): each name with its comment, its text, and what it uses.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Comment, type Node, parseSync, Visitor } from 'oxc-parser'

/** One name, as a reader of the reference wants it. */
export interface Declared {
  /** As it is written in a program: `option.text` for what is in a namespace. */
  readonly name: string
  readonly kind: 'class' | 'function' | 'constant' | 'type'
  /** Its doc comment, without the stars; empty when it has none. */
  readonly comment: string
  /** TypeScript, with the comments of its members. */
  readonly text: string
  /** The methods without a comment. */
  readonly silent: readonly string[]
  /** The other declarations of this package that it names, as `file#name`. */
  readonly uses: readonly string[]
  /** `file#name`. */
  readonly id: string
}

export interface Door {
  /** What it exports, in its order. */
  readonly exported: readonly Declared[]
  /** What these name and the door does not export. */
  readonly used: readonly Declared[]
  /** The comments of its namespaces, by name. */
  readonly namespaces: ReadonlyMap<string, string>
}

/** A parsed file: its declarations, and where its imports come from. */
interface Module {
  readonly path: string
  readonly text: string
  readonly comments: readonly Comment[]
  readonly declarations: ReadonlyMap<string, { readonly node: Node; readonly statement: Node }>
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>
  readonly body: readonly Node[]
}

const SILENT_KINDS: ReadonlySet<string> = new Set(['TSMethodSignature', 'MethodDefinition'])

/** Reads the door in this file. Throws when it exports something in a way that is not known here. */
export function readDoor(path: string): Door {
  const modules = new Map<string, Module>()
  const open = (file: string): Module => {
    const known = modules.get(file) ?? parsed(file)
    modules.set(file, known)
    return known
  }
  const exported: Declared[] = []
  const namespaces = new Map<string, string>()
  const door = open(path)
  for (const node of door.body) {
    if (node.type === 'ExportAllDeclaration') {
      const namespace = node.exported?.type === 'Identifier' ? node.exported.name : undefined
      if (namespace === undefined) throw new Error(`${path} exports all of ${node.source.value} without a name`)
      namespaces.set(namespace, commentBefore(door, node.start))
      const module = open(target(path, node.source.value))
      for (const [name, { statement }] of module.declarations) {
        if (statement.type !== 'ExportNamedDeclaration') continue
        exported.push(declared(module, name, `${namespace}.${name}`))
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const { local } of node.specifiers) {
        if (node.source === null || local.type !== 'Identifier') continue
        exported.push(declared(open(target(path, node.source.value)), local.name))
      }
      for (const name of declaredNames(node)) exported.push(declared(door, name))
    }
  }
  return { exported, used: usedBy(exported, open), namespaces }
}

/** What these need and is not among them, and what that needs in turn. */
function usedBy(exported: readonly Declared[], open: (file: string) => Module): Declared[] {
  const known = new Map(exported.map((one) => [one.id, one]))
  const used: Declared[] = []
  const waiting = exported.flatMap(({ uses }) => uses)
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    if (known.has(id)) continue
    const [file = '', name = ''] = id.split('#')
    const one = declared(open(file), name)
    known.set(id, one)
    used.push(one)
    waiting.push(...one.uses)
  }
  return used
}

function parsed(path: string): Module {
  const text = readFileSync(path, 'utf8')
  const { program, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const declarations = new Map<string, { node: Node; statement: Node }>()
  const imports = new Map<string, { from: string; name: string }>()
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      for (const specifier of statement.specifiers) {
        if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') continue
        imports.set(specifier.local.name, { from: statement.source.value, name: specifier.imported.name })
      }
      continue
    }
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (node !== null) for (const name of declaredNames(statement)) declarations.set(name, { node, statement })
  }
  return { path, text, comments, declarations, imports, body: program.body }
}

/** The names that a statement declares; none for imports and the like. */
function declaredNames(statement: Node): string[] {
  const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
  if (node?.type === 'VariableDeclaration') {
    return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  }
  const isNamed =
    node?.type === 'TSInterfaceDeclaration' ||
    node?.type === 'TSTypeAliasDeclaration' ||
    node?.type === 'TSDeclareFunction' ||
    node?.type === 'ClassDeclaration'
  return isNamed && node.id !== null ? [node.id.name] : []
}

function declared(module: Module, name: string, shown = name): Declared {
  const found = module.declarations.get(name)
  if (found === undefined) throw new Error(`${module.path} declares no ${name}`)
  const { node, statement } = found
  const text = module.text
    .slice(statement.start, statement.end)
    .replace(/^(export )?(declare )?/, '')
    .replace(/^ +#private;\n/m, '')
    .replace(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2))
  return {
    ...{ name: shown, kind: kindOf(node), comment: commentBefore(module, statement.start), text },
    ...{ silent: silentMethods(module, node), uses: namesIn(module, node), id: `${module.path}#${name}` },
  }
}

function kindOf({ type }: Node): Declared['kind'] {
  if (type === 'ClassDeclaration') return 'class'
  if (type === 'TSDeclareFunction') return 'function'
  return type === 'VariableDeclaration' ? 'constant' : 'type'
}

/** The doc comment that ends right before a place. */
function commentBefore({ comments, text }: Module, place: number): string {
  const comment = comments.findLast(({ end, value }) => end <= place && value.startsWith('*'))
  if (comment === undefined || text.slice(comment.end, place).trim() !== '') return ''
  return comment.value
    .replace(/^\*+/, '')
    .replace(/^\s*\* ?/gm, '')
    .trim()
}

function silentMethods(module: Module, node: Node): string[] {
  const members =
    node.type === 'TSInterfaceDeclaration' || node.type === 'ClassDeclaration' ? (node.body.body as Node[]) : []
  return members.flatMap((member) => {
    if (!SILENT_KINDS.has(member.type) || commentBefore(module, member.start) !== '') return []
    const key = 'key' in member ? (member.key as Node | null) : null
    const name = key?.type === 'Identifier' ? key.name : ''
    return name === 'constructor' ? [] : [name]
  })
}

/** The declarations of this package that a declaration names. */
function namesIn(module: Module, node: Node): string[] {
  const names = new Set<string>()
  const visitor = new Visitor({
    TSTypeReference: ({ typeName }) => void (typeName.type === 'Identifier' && names.add(typeName.name)),
    TSInterfaceHeritage: ({ expression }) => void (expression.type === 'Identifier' && names.add(expression.name)),
    TSTypeQuery: ({ exprName }) => void (exprName.type === 'Identifier' && names.add(exprName.name)),
    ClassDeclaration: ({ superClass }) => void (superClass?.type === 'Identifier' && names.add(superClass.name)),
  })
  // The visitor begins at programs; a declaration is what one is made of.
  visitor.visit({ type: 'Program', body: [node], sourceType: 'module', hashbang: null, start: 0, end: 0 } as never)
  return [...names].flatMap((name) => {
    const imported = module.imports.get(name)
    if (imported !== undefined) {
      return imported.from.startsWith('.') ? [`${target(module.path, imported.from)}#${imported.name}`] : []
    }
    return module.declarations.has(name) ? [`${module.path}#${name}`] : []
  })
}

/** The file of declarations that an import names. */
function target(from: string, specifier: string): string {
  return join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'))
}
