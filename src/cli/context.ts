// What every command gets from outside: where to write, what time it is, and the daemon itself.
import type { Configuration, ResolvePlugin, Settings } from '../config/configuration.ts'
import type { Finding } from '../core/finding.ts'
import type { PresenceStore } from '../core/store.ts'

/** The store of a configuration, in the hands of a command. */
export interface OpenedStore {
  readonly store: PresenceStore
  /** How far the wall clock of this machine is ahead of its times, in milliseconds. */
  lead(): number
  close(): Promise<void>
}

/** What only the composition root can do. */
export interface DaemonDoor {
  readonly resolvePlugin: ResolvePlugin
  /** Examines the store and whatever the sources connect to; tells what it finds as it comes. Never rejects. */
  examine(configuration: Configuration, tell: (about: string, finding: Finding) => void): Promise<void>
  /** Runs until it is told to stop; resolves to the exit code. `ready` is told the address once it answers, and of its board. */
  runDaemon(options: {
    readonly file: string | undefined
    readonly defaults: Partial<Settings>
    readonly ready?: (address: string, board: RunningBoard) => Promise<void>
  }): Promise<number>
  /**
   * Opens the store that presence.cfg names; makes it, too, where that is asked for. Throws FolderInUseError when a daemon has it for itself, and
   * otherwise an error with a sentence.
   */
  openStore(configuration: Configuration, options: { readonly make: boolean }): Promise<OpenedStore>
}

/** The status board of a daemon that runs in this process. */
export interface RunningBoard {
  /** Its public address, where the configuration names one. */
  readonly url: string | undefined
  /** A code that opens it once, for reading only. Rejects when it can't be saved. */
  code(): Promise<string>
}

/** A terminal on which a picture can be drawn over and over. */
export interface Screen {
  columns(): number
  rows(): number
  write(text: string): void
  /** Returns what ends it. */
  onResize(callback: () => void): () => void
}

export interface CommandContext {
  /** Writes a line to the standard output. */
  out(line: string): void
  /** Writes a line to the standard error output. */
  err(line: string): void
  /** The exit code, unless the command fails. */
  exit(code: number): void
  /** Undefined when the output is no terminal. */
  readonly screen?: Screen | undefined
  /** The standard input as bytes, and a piece for the standard output; that resolves when there is room for more. */
  input(): AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  /** Shows how far a long command is, in one line that the next one replaces; undefined when the error output is no terminal. */
  readonly progress?: ((text: string) => void) | undefined
  /** For commands that would go on for ever: comes when they are told to end, or when nobody reads their output any more. */
  ended(): AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder in which the command was given. */
  readonly folder: string
  /** How this program is called in that folder, for sentences that suggest a command. */
  readonly program: string
  /** Epoch milliseconds of the wall clock, for tokens. */
  now(): number
  readonly daemon: DaemonDoor
}
