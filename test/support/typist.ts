// Types what the documentation says into a shell, beside a running daemon, in a folder that looks like a checkout.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installBuiltPackage } from './built-package.ts'
import type { Daemon } from './daemon.ts'
import { ROOT } from './pages.ts'

/** What changes the machine, or needs the internet: a block with one of these has to say why it is not run. */
const REFUSED = [
  ...['apt', 'apt-get', 'dpkg', 'sudo', 'systemctl', 'service', 'adduser', 'useradd', 'chown', 'journalctl', 'git'],
  ...['docker', 'podman', 'npm', 'npx', 'node', 'prosodyctl', 'ejabberdctl', 'nginx', 'redis-cli', 'promtool', 'wget'],
]

/** Where the documentation keeps things on a server; in the tests each is a folder of their own. */
const PLACES = ['/etc/kopano', '/etc/credstore', '/var/lib/kopano', '/var/backups', '/var/log', '/run/kopano', '/srv']

/** For all the commands of a page, in milliseconds. */
const PATIENCE = 120_000

/** The end of what would go on for ever: one line of `watch`, or what a stream says until it is ready. */
const FIRST_WORDS = `
first_words() { # PATTERN COMMAND...
  local pattern="$1" line; shift
  coproc STREAM { exec "$@"; }
  local pid=$STREAM_PID
  while read -r line <&"\${STREAM[0]}"; do
    printf '%s\\n' "$line"
    [[ $line =~ $pattern ]] && { kill "$pid"; wait "$pid" || true; return 0; }
  done
  wait "$pid"
}`

export class Typist {
  readonly #folder: string
  readonly #daemon: Daemon

  /** The folder becomes the checkout, with the program as it is built; the daemon's data should be in its `data`. */
  static async in(folder: string, daemon: Daemon): Promise<Typist> {
    const dist = await installBuiltPackage(folder)
    symlinkSync(join(ROOT, 'node_modules'), join(dist, '../node_modules'))
    return new Typist(folder, daemon, join(dist, 'main.js'))
  }

  private constructor(folder: string, daemon: Daemon, script: string) {
    this.#folder = folder
    this.#daemon = daemon
    mkdirSync(join(folder, 'bin'))
    cpSync(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true })
    for (const place of PLACES) mkdirSync(join(folder, place), { recursive: true })
    cpSync(daemon.configFile, join(folder, 'etc/kopano/presence.cfg'))
    for (const name of REFUSED) {
      this.#program(
        name,
        `echo "${name}: the tests don't run this; mark the block: <!-- not run: WHY -->" >&2; exit 97`,
      )
    }
    const main = `${process.execPath} ${script}`
    this.#program(
      'kopano-presence',
      `${FIRST_WORDS}
export KOPANO_CFG_DIR=${join(folder, 'etc/kopano')}
if [ "\${1-}" = watch ]; then first_words '.' ${main} "$@"; else exec ${main} "$@"; fi`,
    )
    this.#program(
      'curl',
      `${FIRST_WORDS}
for word; do [ "$word" = -N ] && { first_words 'event: ready' /usr/bin/curl -sS "$@"; exit; }; done
exec /usr/bin/curl -sS "$@"`,
    )
  }

  /**
   * Types the blocks of a page one after the other into one shell, in the folder of the page. Resolves with all that was said;
   * rejects, with the place of the block, when a command fails.
   */
  async type(
    page: string,
    blocks: ReadonlyArray<{ readonly place: string; readonly commands: string }>,
  ): Promise<string> {
    const own = (commands: string) => {
      const here = commands.replaceAll('http://127.0.0.1:1234', this.#daemon.url)
      return PLACES.reduce((text, place) => text.replaceAll(place, `${this.#folder}${place}`), here)
    }
    mkdirSync(join(this.#folder, dirname(page)), { recursive: true })
    const script = blocks.map(({ place, commands }) => `PLACE=${place}\n${own(commands)}`).join('\n')
    const head = `set -Eeu -o pipefail; trap 'echo "$PLACE: $BASH_COMMAND"' ERR`
    const shell = spawn('bash', ['-c', `${head}\n${script}\necho "All was typed."`], {
      cwd: join(this.#folder, dirname(page)),
      env: {
        ...process.env,
        ...{ PATH: `${join(this.#folder, 'bin')}:/usr/bin:/bin`, PRESENCE_URL: this.#daemon.url },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    // What waits for ever is ended with all that it has started.
    const patience = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), PATIENCE)
    const chunks: string[] = []
    for (const stream of [shell.stdout, shell.stderr])
      stream.setEncoding('utf8').on('data', (text) => chunks.push(text))
    const [code] = await once(shell, 'close')
    clearTimeout(patience)
    const said = chunks.join('')
    if (code !== 0) throw new Error(`a command of ${page} ended with ${code ?? 'no end'}:\n${said}`)
    return said
  }

  #program(name: string, script: string): void {
    const path = join(this.#folder, 'bin', name)
    writeFileSync(path, `#!/bin/bash\n${script}\n`)
    chmodSync(path, 0o755)
  }
}
