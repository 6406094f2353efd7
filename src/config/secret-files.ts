// Secrets outside presence.cfg: each secret option NAME may stand in the file that NAME_file names, or be a credential called NAME.
import { dirname, resolve } from 'node:path'
import type { OptionSchema, OptionSpec } from '../core/options.ts'
import { readPlainFile } from '../core/plain-file.ts'
import { unreadable } from './config-file.ts'
import type { Credentials } from './credentials.ts'
import { type Mistake, where } from './mistakes.ts'
import { type ReadOptions, readOptions, type SettingsByName, specifications } from './read-options.ts'
import type { Setting } from './syntax.ts'

/** No secret is longer; another file was meant. In bytes. */
const LIMIT = 64 * 1024

export interface SecretSources {
  /** Those of systemd; without it there are none. */
  readonly credentials?: Credentials | undefined
  /** Whether the secret of an option (its whole name) is needed; the others' files may be out of reach. By default all are. */
  readonly needs?: (option: string) => boolean
}

export interface ReadAllOptions<Options> extends ReadOptions<Options> {
  readonly notes: readonly string[]
  /** The whole names of the secrets that stand elsewhere and were not read, because of a mistake or since nobody needs them. */
  readonly unread: ReadonlySet<string>
}

interface Source extends SecretSources {
  readonly file: string
  readonly settings: SettingsByName
  readonly prefix?: string
}

/** The option that names the file of a secret; undefined when there is none. */
export function fileOptionOf(name: string, spec: OptionSpec<unknown>, schema: object): string | undefined {
  const option = `${name}_file`
  return spec.secret !== true || spec.filed === 'never' || option in schema ? undefined : option
}

/** The names of all options of a schema, with those that name the files of its secrets. */
export function optionNames(schema: object): string[] {
  return specifications(schema).flatMap(([name, spec]) => {
    const fileOption = fileOptionOf(name, spec, schema)
    return fileOption === undefined ? [name] : [name, fileOption]
  })
}

/** As `readOptions`, with the secrets that stand elsewhere. */
export async function readAllOptions<Options>(
  schema: OptionSchema<Options>,
  source: Source & { readonly defaults?: Partial<Options> },
): Promise<ReadAllOptions<Options>> {
  const read = readOptions<Options>(schema, source)
  const values = new Map<string, unknown>(Object.entries(read.options as object))
  const found = {
    given: [...read.given],
    mistakes: [...read.mistakes],
    notes: [] as string[],
    unread: new Set<string>(),
  }
  for (const [name, spec] of specifications(schema)) {
    const fileOption = fileOptionOf(name, spec, schema)
    if (fileOption === undefined) continue
    const secret = await readSecretOf(
      `${source.prefix ?? ''}${name}`,
      `${source.prefix ?? ''}${fileOption}`,
      spec,
      source,
    )
    if (secret.isGiven === true) found.given.push(`${source.prefix ?? ''}${fileOption}`)
    if (secret.mistake !== undefined) found.mistakes.push(secret.mistake)
    if (secret.note !== undefined) found.notes.push(secret.note)
    if (secret.isUnread === true) found.unread.add(`${source.prefix ?? ''}${name}`)
    if (secret.value !== undefined) values.set(name, secret.value)
  }
  return { ...found, options: Object.fromEntries(values) as Options }
}

interface Found {
  readonly value?: unknown
  readonly mistake?: Mistake
  readonly note?: string
  readonly isUnread?: boolean
  /** Whether presence.cfg names its file. */
  readonly isGiven?: boolean
}

async function readSecretOf(
  name: string,
  fileOption: string,
  spec: OptionSpec<unknown>,
  source: Source,
): Promise<Found> {
  const written = nonEmpty(source.settings.get(name))
  const named = nonEmpty(source.settings.get(fileOption))
  const { needs = () => true } = source
  if (named !== undefined) {
    const refusal = (text: string, value: string): Found => ({
      ...{ isGiven: true, isUnread: true },
      mistake: { file: source.file, line: named.line, option: fileOption, value, text },
    })
    // Two secrets would leave in the dark which one counts.
    if (written !== undefined) return refusal(`is given beside ${name}; keep one of them`, named.value)
    if (!needs(name)) return { isGiven: true, isUnread: true }
    return fromFile(resolve(dirname(resolve(source.file)), named.value), named, spec, { source, refusal })
  }
  return needs(name) ? fromCredential(name, written, spec, source) : { isUnread: written === undefined }
}

async function fromFile(
  path: string,
  named: Setting,
  spec: OptionSpec<unknown>,
  { source, refusal }: { readonly source: Source; readonly refusal: (text: string, value: string) => Found },
): Promise<Found> {
  try {
    const { content, isPublic } = await readPlainFile(path, LIMIT)
    const { value, text } = understood(content, spec)
    if (text !== undefined) return refusal(text, path)
    const place = where({ file: source.file, line: named.line })
    const note = `${place}: ${named.key} = ${path}: every account of this machine can read it; close it (chmod o-r)`
    return { isGiven: true, value, ...(isPublic && { note }) }
  } catch (error) {
    return refusal(unreadable(error), path)
  }
}

async function fromCredential(
  name: string,
  written: Setting | undefined,
  spec: OptionSpec<unknown>,
  { credentials, file }: Source,
): Promise<Found> {
  if (credentials === undefined) return {}
  const refusal = (text: string): Found => ({ mistake: { file: credentials.pathOf(name), text }, isUnread: true })
  try {
    const content = await credentials.read(name)
    if (content === undefined) return {}
    if (written !== undefined) {
      const place = where({ file, line: written.line })
      return { note: `${place}: ${name} counts, and the credential of this name does not; remove one of them` }
    }
    const { value, text } = understood(content, spec)
    return text === undefined ? { value } : refusal(text)
  } catch (error) {
    return refusal(unreadable(error))
  }
}

/** The value of a file's first line, or of all its lines, without the white space around it as everywhere in presence.cfg. */
function understood(content: Uint8Array, spec: OptionSpec<unknown>): { value?: unknown; text?: string } {
  const lines = decoded(content)?.split(/\r\n|[\r\n]/)
  if (lines === undefined) return { text: 'is not UTF-8; save the file as UTF-8' }
  if (spec.filed === 'lines') return { value: lines.map((line) => line.trim()).filter((line) => line !== '') }
  const line = lines[0]?.trim() ?? ''
  if (line === '') return { text: 'is empty; write the secret into its first line' }
  const value = spec.parse(line)
  return value === undefined ? { text: `its first line must be ${spec.allowed}` } : { value }
}

function decoded(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return undefined
  }
}

function nonEmpty(setting: Setting | undefined): Setting | undefined {
  return setting === undefined || setting.value === '' ? undefined : setting
}
