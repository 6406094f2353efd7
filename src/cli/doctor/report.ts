// What the doctor has found, as lines for people or JSON for machines, with the line of presence.cfg to change and the verdict.
import type { Finding } from '../../core/finding.ts'
import { printable, printableJson } from '../../core/printable.ts'

/** Where options stand. */
export interface Places {
  /** Undefined: there is no presence.cfg. */
  readonly file: string | undefined
  readonly lines: ReadonlyMap<string, number>
}

/** A finding, with what it is about: `presence.cfg`, `secret`, `daemon`, `clock`, `store`, `users`, or a source. */
export interface Reported extends Finding {
  readonly about: string
  /** Where the option stands, or would. */
  readonly file?: string
  readonly line?: number
}

/** 0: all is right; 1: something should be looked at; 2: something does not work. */
export type Verdict = 0 | 1 | 2

export class Report {
  readonly #findings: Reported[] = []
  #places: Places = { file: undefined, lines: new Map() }

  /** Where the options of later findings stand. */
  set places(places: Places) {
    this.#places = places
  }

  add(about: string, finding: Finding): Reported {
    const option = finding.option ?? this.#optionIn(about, finding)
    const { file, lines } = this.#places
    const line = option === undefined ? undefined : (lines.get(`${option}_file`) ?? lines.get(option))
    const reported: Reported = {
      ...{ about, level: finding.level, text: finding.text },
      ...(option !== undefined && finding.level !== 'ok' && { option }),
      ...(option !== undefined && finding.level !== 'ok' && file !== undefined && { file }),
      ...(line !== undefined && finding.level !== 'ok' && { line }),
    }
    this.#findings.push(reported)
    return reported
  }

  get findings(): readonly Reported[] {
    return this.#findings
  }

  get verdict(): Verdict {
    if (this.#findings.some(({ level }) => level === 'error')) return 2
    return this.#findings.some(({ level }) => level === 'warning') ? 1 : 0
  }

  /** `{"verdict": 0, "findings": [...]}` */
  json(): string {
    return printableJson(JSON.stringify({ verdict: this.verdict, findings: this.#findings }))
  }

  /** The last line. */
  summary(): string {
    const count = (level: Finding['level'], word: string): string => {
      const number = this.#findings.filter((finding) => finding.level === level).length
      return `${number} ${word}${number === 1 ? '' : 's'}`
    }
    if (this.verdict === 0) return 'Everything is as it should be.'
    return `${count('error', 'error')}, ${count('warning', 'warning')}.`
  }

  /** The first option that a sentence names, as those of failed logins do: one that is set, else one of the source. */
  #optionIn(about: string, { level, text }: Finding): string | undefined {
    if (level === 'ok') return undefined
    const words = text.match(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g) ?? []
    return words.find((word) => this.#places.lines.has(word)) ?? words.find((word) => word.startsWith(`${about}_`))
  }
}

const MARKS = { ok: 'ok     ', warning: 'WARNING', error: 'ERROR  ' } as const

/** Two lines at the most: what was found, and what to change. */
export function linesOf({ about, level, text, option, file, line }: Reported): string[] {
  const lines = [`${MARKS[level]} ${about}: ${text}`]
  if (option !== undefined) {
    const place = line === undefined ? `${file ?? 'presence.cfg'}, where there is no such line yet` : `${file}:${line}`
    lines.push(`        change ${option} in ${place}`)
  }
  return lines.map(printable)
}
