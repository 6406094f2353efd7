// What components share: values that change, the time that goes on, and the size of the window.
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { Signal } from './signal.ts'

/** The value of a signal; the component is rendered anew when it changes. */
export function useSignal<Value>(signal: Signal<Value>): Value {
  const [, render] = useState<object>()
  useLayoutEffect(() => signal.subscribe(() => render({})), [signal])
  return signal.value
}

const clock: { now: number; readonly listeners: Set<() => void> } = { now: Date.now(), listeners: new Set() }

function tick(): void {
  clock.now = Date.now()
  for (const listener of [...clock.listeners]) listener()
}

/** How often words like "5 min" are looked at, in milliseconds. One timer for the whole page. */
const TICK = 5_000
setInterval(tick, TICK)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) tick()
})

/** Epoch milliseconds, never older than a tick. */
export function useNow(): number {
  const [, render] = useState<object>()
  useLayoutEffect(() => {
    const listener = () => render({})
    clock.listeners.add(listener)
    return () => clock.listeners.delete(listener)
  }, [])
  return clock.now
}

/** Whether a media query fits. */
export function useMedia(query: string): boolean {
  const [fits, setFits] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const follow = () => setFits(media.matches)
    follow()
    media.addEventListener('change', follow)
    return () => media.removeEventListener('change', follow)
  }, [query])
  return fits
}

/** Calls back again and again while the page is visible, first after so many milliseconds. */
export function useInterval(callback: () => void, milliseconds: number): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) callback()
    }, milliseconds)
    return () => clearInterval(timer)
  }, [callback, milliseconds])
}
