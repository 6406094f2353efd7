// A line from the server, as the library parses it, and the names in it (pure).

export interface IrcMessage {
  /** The nick before the `!` of the prefix; empty when a server speaks. */
  readonly nick: string
  readonly prefix: string
  /** In capitals, or a number of three digits. */
  readonly command: string
  readonly params: readonly string[]
}

/** The last parameter, which may hold spaces; empty without one. */
export function trailing({ params }: IrcMessage): string {
  return params.at(-1) ?? ''
}

/** The nick of `nick!user@host`, or of a nick alone. */
export function nickOf(mask: string): string {
  const end = mask.search(/[!@]/)
  return end === -1 ? mask : mask.slice(0, end)
}

/** The nicks of `a!u@h,b` as MONITOR lists them. */
export function nicksOf(masks: string): string[] {
  return masks
    .split(',')
    .map((mask) => nickOf(mask.trim()))
    .filter((nick) => nick !== '')
}

/**
 * Whether a text can be a nick or an account in a line of ours: no space, nothing that IRC gives a meaning of its own, and no
 * control character.
 */
export function isName(text: string): boolean {
  return /^[^\p{Cc}\s,:!@*?#&+%=$.][^\p{Cc}\s,!@*?=]*$/u.test(text)
}

/** Whether a text can be a channel in a line of ours. */
export function isChannel(text: string): boolean {
  return /^[#&+!][^\p{Cc}\s,]{1,199}$/u.test(text)
}

/**
 * Whether a reason of QUIT tells of a netsplit: exactly two names of servers. Servers put something before what people write, so
 * that nobody can pretend it.
 */
export function isSplitReason(reason: string): boolean {
  return /^[\w*-]+(\.[\w*-]+)+ [\w*-]+(\.[\w*-]+)+$/.test(reason)
}
