// What the server says by itself, and what it answers, as changes of the facts (pure: time is an argument).
import type { Channels } from './channels.ts'
import type { ServerFeatures } from './isupport.ts'
import { type IrcMessage, isSplitReason, nickOf, nicksOf, trailing } from './message.ts'
import type { Nick } from './nick.ts'
import type { Nicks } from './nicks.ts'
import { TOKEN } from './questions.ts'

export interface Scene {
  readonly nicks: Nicks
  readonly channels: Channels
  readonly features: Pick<ServerFeatures, 'memberPrefixes'>
  /** JOIN tells accounts too. */
  readonly extendedJoin: boolean
  /** The own nick, which may change. */
  self: string
}

export class Reducer {
  readonly #scene: Scene
  /** How many nicks MONITOR had no room for. */
  monitorRefused = 0

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Messages that are no business of it change nothing. */
  apply(message: IrcMessage, now: number): void {
    const { nicks } = this.#scene
    const { command, params } = message
    switch (command) {
      case 'AWAY':
        this.#away(nicks.find(message.nick), trailing(message), now)
        break
      case 'ACCOUNT':
        this.#account(nicks.find(message.nick), params[0])
        break
      case 'JOIN':
        this.#join(message)
        break
      case 'PART':
        this.#left(message.nick, params[0], 'it was left', now)
        break
      case 'KICK':
        this.#left(params[1] ?? '', params[0], `thrown out: ${trailing(message)}`, now)
        break
      case 'QUIT':
        this.#quit(nicks.find(message.nick), trailing(message), now)
        break
      case 'NICK':
        this.#renamed(message.nick, params[0] ?? '', now)
        break
      case '352':
        this.#flags(params[5], params[6], undefined, now)
        break
      case '354':
        if (params[1] === TOKEN) this.#flags(params[2], params[3], params[4], now)
        break
      case '353':
        this.#names(params[2] ?? '', trailing(message))
        break
      case '730':
        this.#monitored(trailing(message), true, now)
        break
      case '731':
        this.#monitored(trailing(message), false, now)
        break
      case '734':
        this.monitorRefused += nicksOf(params[2] ?? '').length
        break
    }
  }

  #away(nick: Nick | undefined, text: string, now: number): void {
    if (nick === undefined) return
    if (text === '') this.#scene.nicks.here(nick)
    else this.#scene.nicks.away(nick, now, text)
    // Said by itself, so nothing has to be asked.
    nick.recheck = false
    nick.checkedAt = now
  }

  #account(nick: Nick | undefined, account: string | undefined): void {
    if (nick === undefined || account === undefined) return
    this.#scene.nicks.account(nick, account === '*' || account === '0' || account === '' ? null : account)
  }

  #join({ nick: name, params }: IrcMessage): void {
    const { channels, nicks, self, extendedJoin } = this.#scene
    const channel = channels.find(params[0] ?? '')
    if (channel === undefined) return
    if (nicks.fold(name) === nicks.fold(self)) {
      channel.state = 'in'
      channel.reason = undefined
      return
    }
    const nick = nicks.enters(name, channel.name)
    if (nick !== undefined && extendedJoin) this.#account(nick, params[1])
  }

  #left(name: string, channelName: string | undefined, reason: string, now: number): void {
    const { channels, nicks, self } = this.#scene
    const channel = channels.find(channelName ?? '')
    if (channel === undefined) return
    if (nicks.fold(name) !== nicks.fold(self)) {
      const nick = nicks.find(name)
      if (nick !== undefined) nicks.leaves(nick, channel.name)
      return
    }
    channels.out(channel, reason, now)
    for (const nick of [...nicks]) if (nick.channels.has(nicks.fold(channel.name))) nicks.leaves(nick, channel.name)
  }

  #quit(nick: Nick | undefined, reason: string, now: number): void {
    if (nick === undefined) return
    const { nicks } = this.#scene
    nicks.absent(nick, isSplitReason(reason) ? 'split' : 'told', now)
    nick.channels.clear()
  }

  #renamed(from: string, to: string, now: number): void {
    const scene = this.#scene
    if (to === '') return
    if (scene.nicks.fold(from) === scene.nicks.fold(scene.self)) {
      scene.self = to
      return
    }
    const nick = scene.nicks.find(from)
    if (nick !== undefined) scene.nicks.renames(nick, to, now)
    // Somebody who is followed may have taken the name of a person who isn't.
    else {
      const followed = scene.nicks.find(to)
      if (followed !== undefined) scene.nicks.appears(followed, to)
    }
  }

  /** A line of WHO: `H` is here, `G` is gone. */
  #flags(name: string | undefined, flags: string | undefined, account: string | undefined, now: number): void {
    const { nicks } = this.#scene
    const nick = nicks.find(name ?? '')
    if (nick === undefined || flags === undefined) return
    if (flags.startsWith('G')) nicks.away(nick, now)
    else if (flags.startsWith('H')) nicks.here(nick)
    else return
    nick.recheck = false
    nick.checkedAt = now
    if (account !== undefined) this.#account(nick, account)
  }

  #names(channelName: string, names: string): void {
    const { channels, nicks, self, features } = this.#scene
    const channel = channels.find(channelName)
    if (channel === undefined) return
    for (const entry of names.split(' ')) {
      let start = 0
      while (start < entry.length && features.memberPrefixes.includes(entry.charAt(start))) start += 1
      const name = nickOf(entry.slice(start))
      if (name !== '' && nicks.fold(name) !== nicks.fold(self)) nicks.enters(name, channel.name)
    }
  }

  #monitored(masks: string, online: boolean, now: number): void {
    const { nicks } = this.#scene
    for (const name of nicksOf(masks)) {
      const nick = nicks.find(name)
      if (nick === undefined) continue
      nick.monitored = true
      if (online) nicks.appears(nick, nick.name)
      else {
        nicks.absent(nick, 'unclear', now)
        nick.checkedAt = now
      }
    }
  }
}
