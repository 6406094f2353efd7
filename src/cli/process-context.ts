// What the commands get of the process that they run in: its output, its terminal, and how it is told to end.
import type { CommandContext, Screen } from './context.ts'

type OfProcess = Pick<CommandContext, 'out' | 'err' | 'screen' | 'ended' | 'environment' | 'folder' | 'now'>

export function processContext({ stdout, stderr, env, cwd }: NodeJS.Process): OfProcess {
  const controller = new AbortController()
  const end = () => controller.abort()
  // Whoever read the output (`| head`) has seen enough: that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    end()
  })
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    screen: stdout.isTTY ? screenOf(stdout) : undefined,
    ended() {
      process.once('SIGINT', end)
      process.once('SIGTERM', end)
      return controller.signal
    },
    environment: env,
    folder: cwd(),
    now: Date.now,
  }
}

function screenOf(stdout: NodeJS.WriteStream): Screen {
  return {
    columns: () => stdout.columns,
    rows: () => stdout.rows,
    write: (text) => void stdout.write(text),
    onResize(callback) {
      stdout.on('resize', callback)
      return () => stdout.off('resize', callback)
    },
  }
}
