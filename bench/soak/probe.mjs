// Runs inside the measured daemon (`--import`): writes its event-loop delay and memory as JSON lines, once in SOAK_INTERVAL milliseconds.
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

const { SOAK_FILE, SOAK_INTERVAL } = process.env
const RESOLUTION = 10
const MIB = 2 ** 20
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
histogram.enable()
// The histogram counts the time between two ticks; what a tick takes when nothing holds it up is no delay.
const delay = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION)
let before = process.cpuUsage()
setInterval(() => {
  const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  const { total_physical_size: physical, malloced_memory: malloced } = getHeapStatistics()
  const { user, system } = process.cpuUsage(before)
  before = process.cpuUsage()
  const line = {
    p50: delay(histogram.percentile(50)),
    p99: delay(histogram.percentile(99)),
    max: delay(histogram.max),
    heap: heapUsed / MIB,
    heapTotal: heapTotal / MIB,
    physical: physical / MIB,
    malloced: malloced / MIB,
    external: external / MIB,
    arrayBuffers: arrayBuffers / MIB,
    // Of one core, in this interval.
    cpu: (user + system) / 1000 / Number(SOAK_INTERVAL),
  }
  histogram.reset()
  appendFileSync(SOAK_FILE, `${JSON.stringify(line)}\n`)
}, Number(SOAK_INTERVAL)).unref()
