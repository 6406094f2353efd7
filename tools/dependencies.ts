// Every package that this project stands on: its licence, and why it is here. `npm run licences` checks, and writes docs/dependencies.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isAllowed, KNOWN, REASONS, SHIPPED } from './dependency-rules.ts'

export const PAGE = fileURLToPath(new URL('../docs/dependencies.md', import.meta.url))

/** As package-lock.json has it. */
export interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  /** For these machines only; of those for others npm notes no licence. */
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
/** By their places in node_modules; the project itself has the empty one. */
export type Lock = Readonly<Record<string, LockedPackage>>

interface Found {
  readonly name: string
  readonly versions: Set<string>
  readonly licences: Set<string>
  /** The direct dependencies that need it. */
  readonly needed: Set<string>
  isShipped: boolean
}

export function readLock(): Lock {
  const text = readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8')
  return (JSON.parse(text) as { packages: Lock }).packages
}

/** The page, and what is wrong with the packages: sentences with the remedy. */
export function surveyed(lock: Lock): { readonly page: string; readonly mistakes: readonly string[] } {
  const direct = directOf(lock)
  const found = new Map<string, Found>()
  for (const name of direct.keys()) collect(lock, { root: name, place: `node_modules/${name}` }, found, new Set())
  const mistakes: string[] = []
  for (const name of direct.keys()) {
    if (!REASONS.has(name)) mistakes.push(`${name} has no reason; say in tools/dependency-rules.ts why it is here`)
  }
  for (const name of REASONS.keys()) {
    if (!direct.has(name))
      mistakes.push(`${name} is no dependency any more; take its reason out of tools/dependency-rules.ts`)
  }
  for (const { name, licences, isShipped } of found.values()) {
    for (const licence of licences) {
      if (!isAllowed(licence, isShipped)) {
        mistakes.push(
          `${name} has the licence "${licence}", which is not among those that are allowed for ${isShipped ? 'what is shipped' : 'tools'}`,
        )
      }
    }
  }
  return { page: pageOf(direct, [...found.values()]), mistakes }
}

/** The direct dependencies, and whether each is shipped. */
function directOf(lock: Lock): Map<string, boolean> {
  const { dependencies = {}, devDependencies = {} } = lock[''] ?? {}
  const tools = Object.keys(devDependencies).map((name): [string, boolean] => [name, SHIPPED.has(name)])
  return new Map([...Object.keys(dependencies).map((name): [string, boolean] => [name, true]), ...tools])
}

interface Visit {
  /** The direct dependency for which this is looked at. */
  readonly root: string
  readonly place: string
  /** The licence of the package that needs it. */
  readonly parent?: string
}

/** Takes in a package and all that it needs, for one direct dependency. */
function collect(lock: Lock, { root, place, parent }: Visit, found: Map<string, Found>, seen: Set<string>): void {
  const entry = lock[place]
  if (entry === undefined || seen.has(place)) return
  seen.add(place)
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const known = found.get(name) ?? newlyFound(name)
  found.set(name, known)
  known.versions.add(entry.version ?? '')
  const isBuild = entry.os !== undefined || entry.cpu !== undefined
  const licence = entry.license ?? KNOWN.get(`${name}@${entry.version}`) ?? (isBuild ? parent : undefined) ?? 'unknown'
  known.licences.add(licence)
  if (name !== root) known.needed.add(root)
  if (entry.dev !== true || SHIPPED.has(root)) known.isShipped = true
  const needs = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies }
  for (const need of Object.keys(needs)) {
    collect(lock, { root, place: placeOf(lock, need, place), parent: licence }, found, seen)
  }
}

function newlyFound(name: string): Found {
  return { name, versions: new Set(), licences: new Set(), needed: new Set(), isShipped: false }
}

/** Where Node finds it: in the nearest node_modules above. */
function placeOf(lock: Lock, name: string, from: string): string {
  for (let above = from; above !== ''; above = above.slice(0, Math.max(0, above.lastIndexOf('/node_modules/')))) {
    if (lock[`${above}/node_modules/${name}`] !== undefined) return `${above}/node_modules/${name}`
  }
  return `node_modules/${name}`
}

function pageOf(direct: ReadonlyMap<string, boolean>, found: readonly Found[]): string {
  const sorted = [...found].sort((one, other) => (one.name < other.name ? -1 : 1))
  const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const own = (isShipped: boolean) =>
    sorted
      .filter(({ name }) => direct.get(name) === isShipped)
      .map(({ name, licences }) => row(name, [...licences].join(', '), REASONS.get(name) ?? ''))
  const others = sorted
    .filter(({ name }) => !direct.has(name))
    .map(({ name, licences, needed, isShipped }) =>
      row(name, [...licences].join(', '), isShipped ? 'yes' : 'no', [...needed].sort().join(', ')),
    )
  return [
    '# Dependencies',
    '',
    'Every package that this project stands on, why it is here, and its licence.',
    'Made by `npm run licences` from package-lock.json; a test fails when it is not up to date. `npm run sbom` writes all of it with',
    'versions as `sbom.cdx.json` (CycloneDX).',
    '',
    ...['## Shipped', '', row('package', 'licence', 'why'), row('---', '---', '---'), ...own(true), ''],
    ...[
      '## For building and testing',
      '',
      row('package', 'licence', 'why'),
      row('---', '---', '---'),
      ...own(false),
      '',
    ],
    ...[
      '## What these need',
      '',
      row('package', 'licence', 'shipped', 'for'),
      row('---', '---', '---', '---'),
      ...others,
      '',
    ],
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { page, mistakes } = surveyed(readLock())
  for (const mistake of mistakes) console.error(mistake)
  if (mistakes.length > 0) process.exitCode = 1
  else writeFileSync(PAGE, page)
}
