// What the client needs from the world around it: the network, the time, chance, and what only a browser's page has.

/** Calls something off; harmless when it is over already. */
export type Cancel = () => void

/** The part of Web Locks (https://w3c.github.io/web-locks/) that is used here. */
export interface Locks {
  request(
    name: string,
    options: { readonly signal: AbortSignal } | { readonly steal: true },
    granted: () => Promise<void> | undefined,
  ): Promise<unknown>
}

/** The part of a BroadcastChannel that is used here. */
export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
  close(): void
}

/** Told that the page is shown or hidden. */
type PageListener = (event: { readonly persisted: boolean }) => void

/** The part of a window that is used here. */
export interface Page {
  addEventListener(type: 'pagehide' | 'pageshow', listener: PageListener): void
  removeEventListener(type: 'pagehide' | 'pageshow', listener: PageListener): void
}

/** What tabs of one origin find each other with. */
export interface Neighbourhood {
  readonly locks: Locks
  open(channel: string): Channel
}

/** Everything that a test may want to give itself. */
export interface Surroundings {
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds of a clock that never jumps. */
  now(): number
  /** Calls back once, after so many milliseconds. */
  after(milliseconds: number, callback: () => void): Cancel
  /** From 0 to below 1. */
  random(): number
  /** Undefined outside a browser's page. */
  readonly page: Page | undefined
  /** Undefined where tabs can't find each other: outside pages, and in old browsers. */
  readonly neighbourhood: Neighbourhood | undefined
}

interface BrowserGlobals {
  readonly document?: unknown
  readonly location?: { readonly href: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
}

const globals = globalThis as unknown as BrowserGlobals

/** The real world, as it is now; with some of it replaced. */
export function surroundings(given: Partial<Surroundings> = {}): Surroundings {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    now: () => performance.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
    random: Math.random,
    // Node has some of this too, but nobody there closes a tab.
    page: globals.document === undefined ? undefined : (globalThis as unknown as Page),
    neighbourhood: neighbourhood(),
    ...given,
  }
}

/** The address of the page, against which relative addresses count; undefined outside pages. */
export function pageAddress(): string | undefined {
  return globals.location?.href
}

function neighbourhood(): Neighbourhood | undefined {
  const { document, navigator, BroadcastChannel } = globals
  const locks = navigator?.locks
  if (document === undefined || locks === undefined || BroadcastChannel === undefined) return undefined
  return { locks, open: (name) => new BroadcastChannel(name) }
}
