// Runs inside the measured daemon (`--import`): writes its event-loop delay as JSON lines, once in SOAK_INTERVAL milliseconds.
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const { SOAK_FILE, SOAK_INTERVAL } = process.env
const RESOLUTION = 10
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
histogram.enable()
// The histogram counts the time between two ticks; what a tick takes when nothing holds it up is no delay.
const delay = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION)
setInterval(() => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const line = {
    p50: delay(histogram.percentile(50)),
    p99: delay(histogram.percentile(99)),
    max: delay(histogram.max),
    heap: heapUsed / 2 ** 20,
    external: (external + arrayBuffers) / 2 ** 20,
  }
  histogram.reset()
  appendFileSync(SOAK_FILE, `${JSON.stringify(line)}\n`)
}, Number(SOAK_INTERVAL)).unref()
