// A Debian of its own with a real systemd, in namespaces of the kernel: nothing of it is seen outside, and it ends with this process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../support/until.ts'

/** Beside what debootstrap brings: what any server has. */
const INCLUDED = 'systemd-sysv,dbus,openssl,ca-certificates,logrotate'
const CGROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']

/** Run in the new namespaces, with the folder as first word. */
const BOOT = `
set -e
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup" 2>/dev/null || true
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/dev"
for name in null zero full random urandom tty; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/console"
cd "$root"
mkdir -p old
pivot_root . old
umount -l old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/systemd/systemd --log-target=null --unit=multi-user.target
`

export class Machine {
  readonly root: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'presence-machine-'))
  #init = 0

  constructor() {
    this.root = join(this.#folder, 'root')
  }

  /** Makes the system; from `base` where that is there, an archive that is made otherwise. */
  install(suite: string, mirror: string, base: string | undefined): void {
    if (base !== undefined && existsSync(base)) {
      mkdirSync(this.root)
      this.#host('tar', ['-xf', base, '-C', this.root])
      return
    }
    this.#host('debootstrap', ['--variant=minbase', `--include=${INCLUDED}`, suite, this.root, mirror])
    if (base !== undefined) this.#host('tar', ['-cf', base, '-C', this.root, '.'])
  }

  /** In the system before it runs, with the network of this machine. */
  prepare(command: string): void {
    this.#host('chroot', [this.root, 'sh', '-euc', command])
  }

  #host(program: string, args: readonly string[]): void {
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout.slice(-2000)}${stderr}`)
  }

  /** Starts systemd; resolves when it is up. */
  async boot(): Promise<void> {
    const cgroups = CGROUPS.find((path) => readdirSync(path).includes('cgroup.procs'))
    if (cgroups === undefined) throw new Error('This machine has no cgroup2.')
    const group = join(cgroups, `presence-machine-${process.pid}`)
    const words = ['--kill-child', '--pid', '--mount', '--uts', '--ipc', '--net', '--cgroup', '--fork']
    const script = `mkdir -p "$2"; echo $$ > "$2/cgroup.procs"; exec unshare ${words.join(' ')} bash -c '${BOOT}' bash "$1"`
    const child = spawn('bash', ['-c', script, 'bash', this.root, group], { stdio: 'ignore' })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
    process.on('exit', () => {
      child.kill('SIGKILL')
      // Whatever it held back is gone with its init; the rest is the kernel's.
      try {
        rmdirSync(group)
      } catch {}
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    })
    const isUp = (): boolean => {
      this.#init = initOf(child.pid ?? 0)
      return this.#init > 0 && /running|degraded/.test(this.run('systemctl is-system-running || true'))
    }
    await until(isUp, AbortSignal.timeout(120_000))
  }

  /** Types commands as root; returns what they say. Throws with it when one fails. */
  run(commands: string, { input = '' }: { input?: string } = {}): string {
    const words = [
      '-t',
      String(this.#init),
      '-m',
      '-u',
      '-i',
      '-n',
      '-p',
      '-C',
      'env',
      '-i',
      'HOME=/root',
      'LC_ALL=C.UTF-8',
    ]
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    const shell = [path, 'DEBIAN_FRONTEND=noninteractive', 'bash', '-euc', `cd /root; ${commands}`]
    const { status, stdout, stderr } = spawnSync('nsenter', [...words, ...shell], { encoding: 'utf8', input })
    if (status !== 0) throw new Error(`${commands}\nended with ${status}:\n${stdout}${stderr}`)
    return stdout + stderr
  }

  /** Starts a program of this machine in the network of the other one. */
  start(program: string, args: readonly string[]): ChildProcess {
    return spawn('nsenter', ['-t', String(this.#init), '-n', program, ...args], { stdio: 'inherit' })
  }
}

/** The systemd that a process of `unshare --fork` has as its child. */
function initOf(pid: number): number {
  try {
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    const isSystemd = readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('systemd')
    return isSystemd ? Number(child) : 0
  } catch {
    return 0
  }
}
