// The contract of a plugin: options in, publications out, silent after its end. It sees nothing but its context.
import type { Clock } from './clock.ts'
import type { Tell } from './finding.ts'
import type { Log } from './log.ts'
import type { OptionMistake, OptionSchema } from './options.ts'
import type { Publication, SourcePresence } from './presence.ts'

/** What the package of a plugin exports by default. */
export interface PluginDefinition<Options> {
  /** The plugin's own name, and that of its source unless presence.cfg says `NAME=PLUGIN`. */
  readonly name: string
  /** The options that it reads; in presence.cfg each begins with the source's name and `_`. */
  readonly options: OptionSchema<Options>
  /** Mistakes that only show between options. The names it gives are those of the schema. No network here. */
  check?(options: Options): readonly OptionMistake[]
  /** What is allowed but unwise, said like a mistake; it becomes a note in the log and in `kopano-presence check`. */
  advise?(options: Options): readonly OptionMistake[]
  /**
   * For `kopano-presence doctor`, which may run beside the daemon: connects, tells sentence by sentence what is right and what is wrong, and
   * leaves. It changes nothing on the other system and takes nothing from a session that the daemon has there. What it throws is
   * told as an error, so a login that fails needs no words of its own. It ends soon after the signal, and is silent then.
   */
  diagnose?(options: Options, context: PluginContext, tell: Tell, signal: AbortSignal): Promise<void>
  /** Makes the source; no network here either. */
  create(options: Options, context: PluginContext): Collector | PublishableSource
}

/** All that a plugin knows of the daemon. */
export interface PluginContext {
  /** The key of this source in the JSON. */
  readonly source: string
  /** Its lines begin with the name of the source. */
  readonly log: Log
  readonly clock: Clock
  /** The user whom `user_map_file` names for what this source calls a person; undefined without such a line. */
  mapUser(id: string): string | undefined
  /** What `mapUser` knows, folded: for a source that must ask for each person by name. */
  mappedIds(): readonly string[]
}

/** A plugin that observes another system. */
export interface Collector {
  /** How long its users keep their state after a connection was lost, in milliseconds; then they are unavailable. */
  readonly grace: number
  /**
   * One connection attempt and its life. Returns or throws when it ended (the message is for the administrator), throws
   * FatalError when a retry can't help. The host calls it again. It ends soon after the signal, and is silent then.
   */
  run(session: Session, signal: AbortSignal): Promise<void>
}

/** A source that clients publish to through HTTP. */
export interface PublishableSource {
  /** What it says counts only for the publishing user themself: tokens of others may not publish it. */
  readonly ownUserOnly?: boolean
  /** A status of null takes back what was published. */
  readonly withdrawable?: boolean
  /** Clients may say how long what they publish shall count (`Publication.expires`). */
  readonly acceptsLifetime?: boolean
  /** Each tab or device of a user may speak for itself (`session` on the wire); the most available of them speaks for the user. */
  readonly acceptsSessions?: boolean
  /** Its `available` and `away` count only while some other source says more than unavailable. */
  readonly requiresPresence?: boolean
  /** Checks and completes what a client publishes, and says what happens at its deadline. */
  accept(publication: Publication, current: SourcePresence | undefined, now: number): Publication
  /** What a client's DELETE makes of a user: a publication, or undefined for "nothing is known any more". */
  withdrawn(now: number): Publication | undefined
}

/** What a collector says during one run. After the run every call is ignored. */
export interface Session {
  /** It is logged in and starts to learn of everybody; the words tell what it is connected to. */
  connected(detail: string): void
  /** The source says this of a user now. Ids that differ only in case or Unicode form are the same user. */
  publish(userId: string, publication: Publication): void
  /** The source knows nothing of this user any more. */
  withdraw(userId: string): void
  /** It knows everybody it can know: withdraws everyone whom this session has not confirmed. */
  settled(): void
  /** New words about what it is connected to and what it can't see. */
  detail(text: string): void
}

/** Tells the two kinds of sources apart. */
export function isCollector(source: Collector | PublishableSource): source is Collector {
  return 'run' in source
}
