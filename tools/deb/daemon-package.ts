// The package kopano-presence: the daemon with its modules, the unit, the manual pages, and what belongs to them.
import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { copyrightFile } from './copyright.ts'
import { Tree } from './files.ts'
import { copyModules, installModules } from './modules.ts'
import { type Making, pack } from './package.ts'

/** Debian's names of what the database comes prebuilt for, with those of Node.js. */
export const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x64'],
  ['arm64', 'arm64'],
  ['armhf', 'arm'],
])

const NAME = 'kopano-presence'
const LIB = `usr/lib/${NAME}`
const CONFIG = 'etc/kopano/presence.cfg'
const LOGROTATE = `etc/logrotate.d/${NAME}`
const MAIN = `${LIB}/dist/main.js`
const SCRIPTS = ['postinst', 'prerm', 'postrm']

interface DaemonMaking extends Making {
  readonly architecture: string
  /** The same as Node.js names it. */
  readonly cpu: string
  /** Whether the modules are those of the checkout. */
  readonly installed: boolean
}

/** Resolves to the path of the archive. */
export async function daemonPackage(making: DaemonMaking): Promise<string> {
  const { root, work, architecture } = making
  const tree = new Tree(join(work, NAME))
  await program(tree, making)
  const deploy = join(root, 'deploy')
  tree.copy(join(deploy, 'systemd/kopano-presence.service'), `usr/lib/systemd/system/${NAME}.service`)
  tree.copy(join(deploy, 'bash-completion/kopano-presence'), `usr/share/bash-completion/completions/${NAME}`)
  tree.compress(join(deploy, 'man/kopano-presence.8'), 'usr/share/man/man8/kopano-presence.8.gz')
  tree.compress(join(deploy, 'man/presence.cfg.5'), 'usr/share/man/man5/presence.cfg.5.gz')
  tree.copy(join(deploy, 'presence.cfg'), CONFIG)
  tree.copy(join(deploy, 'debian/logrotate'), LOGROTATE)
  documentation(tree, root)
  tree.copy(join(deploy, 'debian/lintian-overrides'), `usr/share/lintian/overrides/${NAME}`)
  for (const script of SCRIPTS) tree.copy(join(deploy, 'debian', script), `DEBIAN/${script}`)
  tree.write('DEBIAN/conffiles', `/${CONFIG}\n/${LOGROTATE}\n`)
  tree.settleModes((path) => path === MAIN || SCRIPTS.some((script) => path === `DEBIAN/${script}`))
  // It may come to hold passwords.
  tree.write(CONFIG, readFileSync(join(deploy, 'presence.cfg'), 'utf8'), 0o640)
  mkdirSync(join(tree.root, 'var/lib/kopano/presence'), { recursive: true })
  mkdirSync(join(tree.root, 'usr/sbin'))
  symlinkSync(`../lib/${NAME}/dist/main.js`, join(tree.root, 'usr/sbin', NAME))
  return pack(
    tree,
    {
      ...{ name: NAME, architecture },
      fields: {
        Depends: 'nodejs (>= 20.19), adduser, libc6 (>= 2.34), libstdc++6 (>= 11)',
        Recommends: 'logrotate',
        Suggests: 'prosody-mod-kopano-presence, nginx, redis-server',
      },
      summary: 'tells who can be reached, and where',
      text: [
        'This daemon collects the presence of users from many protocols (XMPP, Asterisk, IRC, web clients), keeps it in one simple form, and tells it over HTTP to whoever may ask: for each user one of available, busy, away and unavailable, and which source decided it.',
        'It succeeds the daemon of the same name that was part of Kopano Core: its clients, tokens and presence.cfg go on working.',
      ],
    },
    making,
  )
}

/** What runs: the compiled program, and the modules that it needs in operation, for the machine that it is for. */
async function program(tree: Tree, { root, cpu, work, installed }: DaemonMaking): Promise<void> {
  for (const part of ['dist', 'package.json', 'LICENSE']) tree.copy(join(root, part), `${LIB}/${part}`)
  if (installed) {
    copyModules(root, join(tree.root, LIB))
  } else {
    const folder = join(work, 'modules')
    mkdirSync(folder)
    await installModules(root, folder, cpu)
    renameSync(join(folder, 'node_modules'), join(tree.root, LIB, 'node_modules'))
  }
  tree.write(
    `usr/share/doc/${NAME}/copyright`,
    copyrightFile(tree.root, LIB, readFileSync(join(root, 'LICENSE'), 'utf8')),
  )
  tree.prune(`${LIB}/node_modules`)
}

function documentation(tree: Tree, root: string): void {
  const docs = `usr/share/doc/${NAME}`
  tree.copy(join(root, 'README.md'), `${docs}/README.md`)
  tree.copy(join(root, 'docs'), `${docs}/docs`)
  tree.copy(join(root, 'examples'), `${docs}/examples`)
  tree.copy(join(root, 'deploy/nginx-presence.conf'), `${docs}/examples/nginx-presence.conf`)
}
