// JSON written by joining pieces: sections that many users share are kept ready instead of being made anew.
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { BoundedCache } from '../core/bounded-cache.ts'
import { STATUSES, type Status } from '../core/presence.ts'

export const JSON_TYPE = 'application/json; charset=utf-8'

/** How many sections of each source and status are kept ready, and the longest of their messages in UTF-16 units. */
const CACHE_LIMIT = 5_000
const CACHED_LENGTH = 128

/** The length of the pieces in which a long answer leaves, in UTF-16 units, and up to which it is sent whole. */
export const SLICE = 64 * 1024
const WHOLE = 1024 * 1024

/** A string as JSON. */
export function quoted(text: string): string {
  // Most are plain ASCII, for which a test and a join are quicker than a call of the serialiser.
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** The sections `,"SOURCE":{"status": ..., "message": ...}` of the old interface, ready to be joined, for each of the few sources. */
export class SectionTexts {
  readonly #ofSources = new Map<string, ReadonlyMap<Status, TextsOfStatus>>()

  of(source: string, status: Status, message: string): string {
    const ofSource = this.#ofSources.get(source) ?? this.#add(source)
    const texts = ofSource.get(status)
    if (texts === undefined || message.length > CACHED_LENGTH) return section(source, status, message)
    if (message === '') return texts.silent
    const ready = texts.saying.get(message)
    if (ready !== undefined) return ready
    const text = section(source, status, message)
    texts.saying.set(message, text)
    return text
  }

  #add(source: string): ReadonlyMap<Status, TextsOfStatus> {
    const texts = new Map(
      STATUSES.map((status) => [
        status,
        { silent: section(source, status, ''), saying: new BoundedCache<string, string>(CACHE_LIMIT) },
      ]),
    )
    this.#ofSources.set(source, texts)
    return texts
  }
}

interface TextsOfStatus {
  readonly silent: string
  readonly saying: BoundedCache<string, string>
}

function section(source: string, status: Status, message: string): string {
  return `,${quoted(source)}:{"status":"${status}","message":${quoted(message)}}`
}

/** Pieces joined where that is short, and may leave whole; else undefined. */
export function wholeOf(pieces: Generator<string, void>): string | undefined {
  let text = ''
  while (text.length < WHOLE) {
    const piece = pieces.next()
    if (piece.done === true) return text
    text += piece.value
  }
  return undefined
}

/** Sends pieces of JSON: whole where that is short, else as fast as the client reads, so that the memory it takes is bounded. */
export function sendPieces(reply: FastifyReply, pieces: Generator<string, void>): FastifyReply {
  reply.header('content-type', JSON_TYPE)
  let start = ''
  while (start.length < WHOLE) {
    const piece = pieces.next()
    if (piece.done === true) return reply.send(start)
    start += piece.value
  }
  return reply.send(Readable.from(bytes(start, pieces), { objectMode: false, highWaterMark: SLICE }))
}

function* bytes(start: string, rest: Iterable<string>): Generator<Buffer, void> {
  yield Buffer.from(start)
  for (const piece of rest) yield Buffer.from(piece)
}
