// What the irc source knows and asks, without any server: lines in, lines out, and time as the test says.
import type { Publication } from '../../src/core/presence.ts'
import { ServerFeatures } from '../../src/plugins/irc/isupport.ts'
import { type IrcMessage, nickOf } from '../../src/plugins/irc/message.ts'
import { Watch, type WatchRules } from '../../src/plugins/irc/watch.ts'

/** A server with everything. */
export const MODERN = ['extended-monitor', 'away-notify', 'account-notify', 'extended-join']

export interface SceneOptions extends Partial<Omit<WatchRules, 'features' | 'capabilities' | 'identities'>> {
  /** Of ISUPPORT. */
  readonly tokens?: string
  readonly capabilities?: readonly string[]
  /** Followed as `nick@x`; a pair names another user. */
  readonly follow?: readonly string[]
}

export function parsed(line: string): IrcMessage {
  const [, prefix = '', command = '', rest = ''] = /^(?::(\S+) )?(\S+)(.*)$/.exec(line) ?? []
  const [middle = '', ...words] = rest.split(' :')
  const params = middle.split(' ').filter((word) => word !== '')
  if (words.length > 0) params.push(words.join(' :'))
  return { prefix, nick: prefix.includes('!') ? nickOf(prefix) : '', command, params }
}

export class WatchScene {
  readonly watch: Watch
  now = 1_000_000
  /** The users' answers so far. */
  readonly users = new Map<string, Publication>()
  /** Every change in order: `anna@x away tea`. */
  readonly told: string[] = []

  constructor({ tokens = 'CASEMAPPING=rfc1459', capabilities = [], follow = [], ...rules }: SceneOptions = {}) {
    const features = new ServerFeatures()
    features.read(['me', ...tokens.split(' '), 'are supported'])
    const identities = follow.map((entry) => {
      const [nick = '', userId = `${nick}@x`] = entry.split('=')
      return { id: nick, userId }
    })
    this.watch = new Watch({
      ...{ self: 'me', domain: undefined, byAccount: false, busyWords: [], channels: [] },
      ...{ interval: 30_000, grace: 60_000, ...rules },
      ...{ features, capabilities: new Set(capabilities), identities },
    })
  }

  /** The server says these lines. */
  says(...lines: readonly string[]): this {
    for (const line of lines) {
      this.watch.read(parsed(line), this.now)
      this.#collect()
    }
    return this
  }

  /** The next question, if there is one now. */
  asks(heardAt = this.now): string | undefined {
    return this.watch.next(this.now, heardAt)
  }

  /** Asks, and is answered by these lines; returns the question. */
  exchange(...answers: readonly string[]): string | undefined {
    const question = this.asks()
    this.says(...answers)
    return question
  }

  /** The answers to everything that is asked, by its first word, until nothing is asked; returns the questions. */
  answers(by: Readonly<Record<string, (question: string) => readonly string[]>>, most = 100): string[] {
    const questions: string[] = []
    while (questions.length < most) {
      const question = this.asks()
      if (question === undefined) return questions
      questions.push(question)
      this.says(...(by[question.split(' ', 1)[0] ?? '']?.(question) ?? []))
    }
    throw new Error(`it asks for ever: ${questions.join(', ')}`)
  }

  passes(milliseconds: number): this {
    this.now += milliseconds
    this.watch.tick(this.now)
    this.#collect()
    return this
  }

  user(name: string): string | undefined {
    const found = this.users.get(name)
    return found === undefined ? undefined : `${found.status} ${found.message}`.trim()
  }

  #collect(): void {
    for (const { userId, publication } of this.watch.changes(this.now)) {
      if (publication === undefined) this.users.delete(userId)
      else this.users.set(userId, publication)
      this.told.push(`${userId} ${publication === undefined ? 'withdrawn' : this.user(userId)}`)
    }
  }
}

/** What a network of these servers says to LINKS. */
export function links(...servers: readonly string[]): string[] {
  return [...servers.map((name) => `:s 364 me ${name} s :0 x`), ':s 365 me * :End']
}

/** What USERHOST says when these are here, and those with a minus away. */
export function userhost(...nicks: readonly string[]): string {
  const replies = nicks.map((nick) => (nick.startsWith('-') ? `${nick.slice(1)}=-u@h` : `${nick}=+u@h`))
  return `:s 302 me :${replies.join(' ')} `
}
