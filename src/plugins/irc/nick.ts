// The facts about one nick.

/** How an absence came to be known, which decides when it is believed. */
export type Cause =
  /** The server gave a person's reason, or the nick was only changed. */
  | 'told'
  /** A part of the network is cut off. */
  | 'split'
  /** Nothing tells which of both it is; whether the network still has all its servers will. */
  | 'unclear'

export interface Nick {
  /** Folded. */
  readonly key: string
  /** As it is written in a line. */
  name: string
  /** Somebody is expected under this name; else it was only met in a channel. */
  readonly followed: boolean
  /** The folded names of the channels in which it is seen. */
  readonly channels: Set<string>
  /** No nick on this server: never asked for, never there. */
  impossible: boolean
  /** The server tells of its comings and goings. */
  monitored: boolean
  /** `unknown`: there or not, nobody has said so yet, or there and not known whether away. */
  being: 'unknown' | 'absent' | 'here' | 'away'
  /** Why it is away; undefined until it is known. */
  text: string | undefined
  /** When the text was last asked for or told. */
  textAt: number
  awaySince: number
  /** The services account; null when it is known that there is none. */
  account: string | null | undefined
  /** When somebody last said everything that can be asked about it. */
  checkedAt: number | undefined
  /** It must be asked about, as soon as possible. */
  recheck: boolean
  /** It has gone but is not believed to have: until then, or as long as the cause is unclear. */
  missing: { readonly until: number | undefined } | undefined
}

/** Of whom nothing is known yet. */
export function newNick(key: string, name: string, followed: boolean): Nick {
  return {
    ...{
      key,
      name,
      followed,
      channels: new Set<string>(),
      impossible: false,
      monitored: false,
      being: 'unknown',
      text: undefined,
    },
    ...{ textAt: 0, awaySince: 0, account: undefined, checkedAt: undefined, recheck: false, missing: undefined },
  }
}
