// The one question that is out: which answers belong to it, what they mean, and whether they are late (pure).
import type { Channels } from './channels.ts'
import { type IrcMessage, nicksOf, trailing } from './message.ts'
import type { Nick } from './nick.ts'
import type { Nicks } from './nicks.ts'
import { lineOf, type Question } from './questions.ts'

/** How long the server may take for an answer, in milliseconds: it may stall us for a while. */
export const ANSWER_PATIENCE = 20_000
/** Some nicks and channels get no answer at all; so long is waited for the rest of them. Milliseconds. */
export const REST_PATIENCE = 15_000

/** More servers than any network has. */
const SERVERS_LIMIT = 10_000

interface Whois {
  there: boolean
  text: string | undefined
  account: string | null
}

interface Asked {
  readonly question: Question
  readonly at: number
  /** Folded names of which nothing was told yet. */
  readonly open: Set<string>
  /** Of WHOIS, so far. */
  readonly whois: Whois
  /** Of LINKS, so far. */
  readonly servers: Set<string>
}

/** What came out of a question besides the facts about nicks. */
export type Outcome =
  | { readonly servers: ReadonlySet<string> }
  /** The server doesn't take the command: never, or not now. */
  | { readonly refused: Question; readonly forGood: boolean }
  | 'answered'

export class Dialogue {
  readonly #nicks: Nicks
  readonly #channels: Channels
  #asked: Asked | undefined

  constructor(nicks: Nicks, channels: Channels) {
    this.#nicks = nicks
    this.#channels = channels
  }

  get waiting(): boolean {
    return this.#asked !== undefined
  }

  ask(question: Question, now: number): void {
    const open = new Set<string>()
    if (question.kind === 'monitor') for (const { key } of question.nicks) open.add(key)
    if (question.kind === 'join') {
      for (const name of question.channels) {
        open.add(this.#nicks.fold(name))
        const channel = this.#channels.find(name)
        if (channel !== undefined) channel.state = 'joining'
      }
    }
    const whois = { there: false, text: undefined, account: null }
    this.#asked = { question, at: now, open, whois, servers: new Set() }
  }

  /** The command that got no answer in time, if any; where only a rest is missing, goes on without it. */
  late(now: number): string | undefined {
    const asked = this.#asked
    if (asked === undefined) return undefined
    const { question, at } = asked
    if (question.kind === 'monitor' || question.kind === 'join') {
      if (now - at < REST_PATIENCE) return undefined
      this.#asked = undefined
      if (question.kind === 'join') this.#giveUp(asked.open, now)
      return undefined
    }
    return now - at < ANSWER_PATIENCE ? undefined : lineOf(question).split(' ', 1)[0]
  }

  /** Reads one message; undefined unless it ends the question. The reducer has read it before. */
  read(message: IrcMessage, now: number): Outcome | undefined {
    const asked = this.#asked
    if (asked === undefined) return undefined
    const outcome = this.#refusal(asked, message) ?? this.#answer(asked, message, now)
    if (outcome !== undefined) this.#asked = undefined
    return outcome
  }

  /** Answers that are the same for every command. */
  #refusal({ question }: Asked, { command, params }: IrcMessage): Outcome | undefined {
    const name = lineOf(question).split(' ', 1)[0]
    // Unknown, too few parameters, no privileges, try again later: the command stands before the sentence.
    if (!['421', '461', '481', '263', '723'].includes(command)) return undefined
    if (params[1]?.toUpperCase() !== name && command !== '481') return undefined
    return { refused: question, forGood: command !== '263' }
  }

  #answer(asked: Asked, message: IrcMessage, now: number): Outcome | undefined {
    const { command, params } = message
    switch (asked.question.kind) {
      case 'ping':
        return command === 'PONG' ? 'answered' : undefined
      case 'links':
        if (command === '364' && asked.servers.size < SERVERS_LIMIT) asked.servers.add(params[1]?.toLowerCase() ?? '')
        return command === '365' ? { servers: asked.servers } : undefined
      case 'who':
        return this.#who(asked.question.channel, message, now)
      case 'userhost':
        return command === '302' ? this.#userhost(asked.question.nicks, trailing(message), now) : undefined
      case 'whois':
        return this.#whois(asked.question.nick, asked.whois, message, now)
      case 'monitor':
        return this.#monitor(asked.open, message)
      case 'join':
        return this.#join(asked.open, message, now)
    }
  }

  #who(name: string, { command, params }: IrcMessage, now: number): Outcome | undefined {
    const ends = command === '315' || command === '403'
    if (!ends || this.#nicks.fold(params[1] ?? '') !== this.#nicks.fold(name)) return undefined
    this.#channels.checked(name, now)
    return 'answered'
  }

  #userhost(asked: readonly Nick[], replies: string, now: number): Outcome {
    const away = new Map<string, boolean>()
    for (const reply of replies.split(' ')) {
      const [, name, sign] = /^([^*=]+)\*?=([+-])/.exec(reply) ?? []
      if (name !== undefined) away.set(this.#nicks.fold(name), sign === '-')
    }
    for (const nick of asked) {
      nick.recheck = false
      nick.checkedAt = now
      const isAway = away.get(nick.key)
      if (isAway === undefined) this.#nicks.absent(nick, 'unclear', now)
      else if (isAway) this.#nicks.away(nick, now)
      else this.#nicks.here(nick)
    }
    return 'answered'
  }

  #whois(nick: Nick, found: Whois, message: IrcMessage, now: number): Outcome | undefined {
    const { command, params } = message
    if (this.#nicks.fold(params[1] ?? '') !== nick.key) return undefined
    if (command === '311') found.there = true
    else if (command === '301') found.text = trailing(message)
    else if (command === '330') found.account = params[2] ?? null
    // No such nick: an end of its own on some servers.
    if (command !== '318' && command !== '401') return undefined
    nick.recheck = false
    nick.checkedAt = now
    if (!found.there) this.#nicks.absent(nick, 'unclear', now)
    else {
      this.#nicks.account(nick, found.account)
      if (found.text === undefined) this.#nicks.here(nick)
      else this.#nicks.away(nick, now, found.text)
    }
    return 'answered'
  }

  #monitor(open: Set<string>, { command, params }: IrcMessage): Outcome | undefined {
    if (command !== '730' && command !== '731' && command !== '734') return undefined
    const names = command === '734' ? params[2] : params.at(-1)
    for (const name of nicksOf(names ?? '')) open.delete(this.#nicks.fold(name))
    return open.size === 0 ? 'answered' : undefined
  }

  #join(open: Set<string>, message: IrcMessage, now: number): Outcome | undefined {
    const { command, params } = message
    const key = this.#nicks.fold(params[1] ?? '')
    const channel = this.#channels.find(params[1] ?? '')
    if (channel === undefined || !open.has(key)) return undefined
    if (command === '366') channel.state = 'listed'
    // Every refusal names the channel; 470 sends us into another one.
    else if (/^[45]\d\d$/.test(command)) this.#channels.out(channel, trailing(message), now)
    else return undefined
    open.delete(key)
    return open.size === 0 ? 'answered' : undefined
  }

  #giveUp(open: ReadonlySet<string>, now: number): void {
    for (const name of open) {
      const channel = this.#channels.find(name)
      if (channel !== undefined) this.#channels.out(channel, 'no answer', now)
    }
  }
}
