// The custom element, in as much of a browser as it needs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PresenceListener } from '../../../src/client/index.ts'
import { definePresenceDot } from '../../../src/client/presence-dot.ts'
import { documentOf } from '../../support/stream-server.ts'

class FakeElement {
  readonly attributes = new Map<string, string>()
  readonly children: FakeElement[] = []
  adoptedStyleSheets: unknown[] = []

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value)
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name)
  }

  attachShadow(): FakeElement {
    return this
  }

  append(child: FakeElement): void {
    this.children.push(child)
  }
}

interface Callbacks {
  connectedCallback(): void
  disconnectedCallback(): void
  attributeChangedCallback(): void
}

function defined() {
  const observed = new Map<string, PresenceListener>()
  const elements = new Map<string, new () => unknown>()
  const world = {
    HTMLElement: FakeElement,
    CSSStyleSheet: class {
      replaceSync(_text: string): void {}
    },
    document: { createElement: () => new FakeElement() },
    customElements: {
      get: (name: string) => elements.get(name),
      define: (name: string, element: new () => unknown) => void elements.set(name, element),
    },
  }
  const observe = (userId: string, listener: PresenceListener) => {
    observed.set(userId, listener)
    return () => void observed.delete(userId)
  }
  definePresenceDot({ observe }, { words: { busy: 'beschäftigt' } }, world)
  definePresenceDot({ observe }, {}, world)
  const Dot = elements.get('presence-dot')
  assert.ok(Dot)
  const dot = new Dot() as FakeElement & Callbacks
  return { dot, observed, label: () => dot.children[0]?.getAttribute('aria-label') }
}

test('a dot observes its user while it stands in the document, and is called by the status in words', () => {
  const { dot, observed, label } = defined()
  dot.setAttribute('user', 'a@x')
  dot.attributeChangedCallback()
  assert.equal(observed.size, 0)
  assert.equal(label(), 'presence unknown')
  dot.connectedCallback()
  observed.get('a@x')?.(documentOf('a@x', 'available'), { live: true })
  assert.equal(label(), 'available')
  observed.get('a@x')?.(documentOf('a@x', 'busy'), { live: false })
  assert.equal(label(), 'beschäftigt (not up to date)')
  dot.disconnectedCallback()
  assert.equal(observed.size, 0)
})

test('a dot whose user changes says nothing of the one before any more', () => {
  const { dot, observed, label } = defined()
  dot.setAttribute('user', 'a@x')
  dot.connectedCallback()
  observed.get('a@x')?.(documentOf('a@x', 'available'), { live: true })
  dot.setAttribute('user', 'b@x')
  dot.attributeChangedCallback()
  assert.deepEqual([...observed.keys()], ['b@x'])
  assert.equal(label(), 'presence unknown')
})
