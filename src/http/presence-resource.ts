// What the presence resource `/` says and takes: the old daemon's interface, to the letter, whoever has brought the request.

import type { Said } from '../core/derive.ts'
import type { PublishableSource } from '../core/plugin.ts'
import type { Asking, Authentication } from './auth.ts'
import { parseBody } from './body.ts'
import type { PresenceFace } from './face.ts'
import { SectionTexts, SLICE, wholeOf } from './json-text.ts'
import { type Entry, type Publications, readEntries, readPublications } from './legacy-shape.ts'
import { type Asked, headOf, type Question, Questions } from './questions.ts'
import type { Rights } from './rights.ts'
import type { ShapeBounds } from './shape-bounds.ts'
import type { View, Views } from './views.ts'

/** Tells a client which sections of its PUT or POST were passed over because they are output-only. */
export const IGNORED_HEADER = 'presence-ignored'

/** The entries of a request, and the user whose token it bears. */
export interface Authenticated {
  readonly entries: readonly Entry[]
  readonly owner: string
}

export interface ResourceParts {
  readonly service: PresenceFace
  readonly authentication: Authentication
  readonly rights: Rights
  readonly views: Views
  readonly bounds: ShapeBounds
}

export class PresenceResource {
  readonly #parts: ResourceParts
  readonly #texts = new SectionTexts()
  readonly #questions = new Questions()

  constructor(parts: ResourceParts) {
    this.#parts = parts
  }

  /** The checks that all methods share, in the order that the interface promises: JSON, token, shape. Throws a Problem. */
  authenticated(request: Asking, body: unknown): Authenticated {
    const { authentication, bounds } = this.#parts
    const object = parseBody(body)
    const owner = authentication.ofBody(request, object)
    return { entries: readEntries(object, bounds), owner }
  }

  /** What a request wants to have published: all of it may be, or a Problem is thrown. */
  publications({ entries, owner }: Authenticated): Publications {
    const { service, rights, bounds } = this.#parts
    const refusalOf = (userId: string, source: string, { ownUserOnly = false }: PublishableSource) =>
      rights.refusalOf(owner, userId, source, ownUserOnly)
    const publications = readPublications(entries, service, refusalOf, bounds)
    if (publications.sections.length > 0) rights.checkWriter(owner)
    return publications
  }

  /** Resolves when everything is saved, or rejects and nothing was. */
  async publish({ sections }: Publications): Promise<void> {
    if (sections.length > 0) await this.#parts.service.publish(sections)
  }

  /** The answer to a GET. The checks are the same; of a question that came before only the token is looked at again. */
  answerTo(request: Asking, body: unknown): Generator<string, void> {
    const { question, view } = this.#questionOf(request, body)
    return this.#answer(question.asked, view)
  }

  /** The same in one piece, where it is not too long for that; what was answered to the same question is, while it would be again. */
  wholeAnswerTo(request: Asking, body: unknown): string | Buffer | undefined {
    const { question, view } = this.#questionOf(request, body)
    const { domain, service } = view
    const known = this.#questions.answerTo(question, domain)
    if (known !== undefined) return known
    const text = wholeOf(this.#answer(question.asked, view))
    if (text === undefined || question.comesAgain !== true) return text
    const lasting = service.lasting(question.asked.map(({ userId }) => userId))
    if (lasting !== undefined) {
      this.#questions.keep(question, { bytes: Buffer.from(text), domain, holds: () => lasting.holds() })
    }
    return text
  }

  #questionOf(request: Asking, body: unknown): { readonly question: Question; readonly view: View } {
    const { authentication, bounds, views } = this.#parts
    const question = this.#questions.of(body, () => {
      const object = parseBody(body)
      authentication.ofBody(request, object)
      const { AuthenticationToken } = object
      return { credentials: { AuthenticationToken }, asked: askedIn(readEntries(object, bounds)) }
    })
    return { question, view: views.of(authentication.ofBody(request, question.credentials)) }
  }

  /** The answer to a POST, once it is published. */
  answer({ entries, owner }: Authenticated): Generator<string, void> {
    return this.#answer(askedIn(entries), this.#parts.views.of(owner))
  }

  *#answer(asked: readonly Asked[], { service: seen }: View): Generator<string, void> {
    let text = '{"Type":"UserStatus","UserStatus":['
    let separator = ''
    const tell = (source: string, { status, message }: Said): void => {
      text += this.#texts.of(source, status, message)
    }
    for (const { userId, head } of asked) {
      text += separator + head
      seen.tellSections(userId, tell)
      text += '}'
      separator = ','
      if (text.length >= SLICE) {
        yield text
        text = ''
      }
    }
    yield `${text}]}`
  }
}

function askedIn(entries: readonly Entry[]): Asked[] {
  return entries.map(({ userId }) => ({ userId, head: headOf(userId) }))
}
