// Between pino and a sink: turns what pino serialised into the line that is written.
import { pino } from 'pino'
import { printableJson } from '../core/printable.ts'
import type { LogSink } from './log-file.ts'
import { LINE_LEVELS, lineLevel } from './log-levels.ts'
import { textLine } from './log-lines.ts'

export type LogFormat = 'text' | 'json'

/** A pino destination. It asks pino for the parts of each line (its "metadata" protocol), so that text needs no parsing of JSON. */
export class LineWriter implements pino.DestinationStream {
  readonly [pino.symbols.needsMetadataGsym] = true
  lastLevel = 0
  lastMsg = ''
  lastObj: object = {}
  /** As it stands in the JSON, with quotation marks; empty without timestamps. */
  lastTime = ''
  readonly #sink: LogSink
  readonly #format: LogFormat

  constructor(sink: LogSink, format: LogFormat) {
    this.#sink = sink
    this.#format = format
  }

  write(json: string): void {
    const level = lineLevel(this.lastLevel)
    const line = this.#format === 'json' ? printableJson(json.trimEnd()) : this.#text(level)
    this.#sink.write(line, LINE_LEVELS[level].severity)
  }

  #text(level: keyof typeof LINE_LEVELS): string {
    const { name, ...fields } = this.lastObj as { name?: unknown }
    return textLine({
      time: this.lastTime === '' ? undefined : this.lastTime.replaceAll('"', ''),
      level,
      name: typeof name === 'string' ? name : undefined,
      text: this.lastMsg,
      fields: Object.entries(fields),
    })
  }
}
