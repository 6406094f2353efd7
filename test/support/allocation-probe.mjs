// Runs inside a measured daemon (`--import`): tells its parent, when asked, how much of its heap is used and how often garbage was collected so far.
import { PerformanceObserver } from 'node:perf_hooks'
import { memoryUsage } from 'node:process'

let collections = 0
new PerformanceObserver((list) => {
  collections += list.getEntries().length
}).observe({ entryTypes: ['gc'] })

process.on('message', (word) => {
  if (word === 'collect') globalThis.gc?.()
  // The observer hears of a collection a turn later.
  setTimeout(() => process.send?.({ collections, used: memoryUsage().heapUsed }), 20)
})
