// What the commands get of the process that they run in: its output, its terminal, and how it is told to end.
import type { CommandContext, Screen } from './context.ts'

type OfProcess = Omit<CommandContext, 'exit' | 'program' | 'daemon'>

export function processContext({ stdin, stdout, stderr, env, cwd }: NodeJS.Process): OfProcess {
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
    input: () => stdin,
    write: (bytes) => new Promise((resolve) => void stdout.write(bytes, () => resolve())),
    // To the beginning of the line, and what was there is erased; an empty text leaves nothing.
    progress: stderr.isTTY ? (text) => void stderr.write(`\r\x1b[K${text}`) : undefined,
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
