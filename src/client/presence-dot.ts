// The custom element <presence-dot user="...">: a dot that shows how a user is, in colour, in shape and in words.
import type { Status } from './documents.ts'
import type { PresenceClient } from './presence-client.ts'

/** How the dots of a page are. */
export interface PresenceDotOptions {
  /** The name of the element (default `presence-dot`). */
  readonly name?: string
  /** What the dot is called for people who hear or point at it, in their language. */
  readonly words?: Partial<Readonly<Record<Status | 'unknown' | 'stale', string>>>
}

/** The part of a browser that an element is made with. */
interface ElementWorld {
  readonly HTMLElement: new () => HostElement
  readonly CSSStyleSheet: new () => { replaceSync(text: string): void }
  readonly document: { createElement(name: string): PlainElement }
  readonly customElements: { define(name: string, element: new () => HostElement): void; get(name: string): unknown }
}

/** The part of an element that is used here. */
interface PlainElement {
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

/** The part of an element of one's own that is used here. */
interface HostElement extends PlainElement {
  getAttribute(name: string): string | null
  attachShadow(options: { readonly mode: 'open' }): { adoptedStyleSheets: unknown[]; append(child: PlainElement): void }
}

const WORDS: Readonly<Record<Status | 'unknown' | 'stale', string>> = {
  available: 'available',
  busy: 'busy',
  away: 'away',
  unavailable: 'unavailable',
  unknown: 'presence unknown',
  stale: 'not up to date',
}

/** Shapes differ too, for those who can't tell the colours apart. A page may set the custom properties, and style `::part(dot)`. */
const STYLE = `
:host { display: inline-block; inline-size: 0.75em; block-size: 0.75em; vertical-align: baseline }
:host([hidden]) { display: none }
span { display: block; box-sizing: border-box; inline-size: 100%; block-size: 100%; border-radius: 50%;
  border: 0.15em solid var(--presence-unavailable, #767676); forced-color-adjust: none }
[data-status=available] { border-color: var(--presence-available, #1a7f37); background: var(--presence-available, #1a7f37) }
[data-status=busy] { border-color: var(--presence-busy, #cf222e); border-radius: 15%; background: var(--presence-busy, #cf222e) }
[data-status=away] { border-color: var(--presence-away, #9a6700);
  background: linear-gradient(90deg, var(--presence-away, #9a6700) 50%, transparent 50%) }
[data-status=unknown] { border-style: dotted }
[data-stale] { opacity: 0.6 }
`

/**
 * Defines the element in this page; every one of them observes its user while it stands in the document. Importing this file does nothing,
 * so that it may be imported anywhere. Does nothing when the name is taken already. `world` is for tests.
 */
export function definePresenceDot(
  client: Pick<PresenceClient, 'observe'>,
  options: PresenceDotOptions = {},
  world: ElementWorld = globalThis as unknown as ElementWorld,
): void {
  const { name = 'presence-dot' } = options
  if (world.customElements.get(name) !== undefined) return
  const words = { ...WORDS, ...options.words }
  const sheet = new world.CSSStyleSheet()
  // Not a <style> element, which a strict Content-Security-Policy would forbid.
  sheet.replaceSync(STYLE)

  class PresenceDot extends world.HTMLElement {
    static readonly observedAttributes = ['user']
    readonly #dot: PlainElement
    #connected = false
    #stop = () => {}

    constructor() {
      super()
      const shadow = this.attachShadow({ mode: 'open' })
      shadow.adoptedStyleSheets = [sheet]
      this.#dot = world.document.createElement('span')
      this.#dot.setAttribute('part', 'dot')
      this.#dot.setAttribute('role', 'img')
      shadow.append(this.#dot)
      this.#show('unknown', false)
    }

    connectedCallback(): void {
      this.#connected = true
      this.#observe()
    }

    disconnectedCallback(): void {
      this.#connected = false
      this.#stop()
    }

    attributeChangedCallback(): void {
      if (this.#connected) this.#observe()
    }

    #observe(): void {
      this.#stop()
      this.#stop = () => {}
      this.#show('unknown', false)
      const user = this.getAttribute('user') ?? ''
      if (user === '') return
      this.#stop = client.observe(user, ({ status, stale }, { live }) => this.#show(status, stale || !live))
    }

    #show(status: Status | 'unknown', stale: boolean): void {
      const label = stale ? `${words[status]} (${words.stale})` : words[status]
      this.#dot.setAttribute('data-status', status)
      this.#dot.setAttribute('aria-label', label)
      this.#dot.setAttribute('title', label)
      if (stale) this.#dot.setAttribute('data-stale', '')
      else this.#dot.removeAttribute('data-stale')
    }
  }

  world.customElements.define(name, PresenceDot)
}
