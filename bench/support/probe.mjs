// Runs inside a measured process (`--import`): tells each who connects to PROBE_SOCKET of the longest stall of the event loop since the last asked.
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION = 2
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
histogram.enable()

const server = createServer((socket) => {
  // The histogram counts the time between two ticks; what a tick takes when nothing holds it up is no stall. Nothing counted: 0.
  const stall = histogram.count === 0 ? 0 : Math.max(0, histogram.max / 1e6 - RESOLUTION)
  histogram.reset()
  socket.on('error', () => {})
  socket.end(JSON.stringify({ stall }))
})
const { PROBE_SOCKET: path = '' } = process.env
// One that was measured before may have left it.
rmSync(path, { force: true })
server.listen(path)
server.unref()
