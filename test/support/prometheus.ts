// Starts a real Prometheus that scrapes one target, with the alert rules that are shipped.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './children.ts'
import { freePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'

const RULES = new URL('../../deploy/prometheus/kopano-presence.rules.yml', import.meta.url).pathname

export interface Prometheus {
  /** The answer to a GET of its API: the path after `/api/v1/`. */
  ask(path: string): Promise<unknown>
  stop(): Promise<void>
}

/** Resolves when it serves; it scrapes `target` (HOST:PORT) every second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'presence-prometheus-'))
  const port = await freePort()
  const configFile = join(folder, 'prometheus.yml')
  const scrape = [{ job_name: 'kopano-presence', static_configs: [{ targets: [target] }] }]
  writeFileSync(
    configFile,
    // JSON is YAML.
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: scrape,
    }),
  )
  const server = new ServerProcess(
    folder,
    () =>
      startChild('prometheus', [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]),
    async (child) => void (await child.waitForLine(/Server is ready to receive web requests/)),
  )
  await server.start()
  return {
    async ask(path) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
      return answer.json()
    },
    stop: server.stop,
  }
}
