// `npm run deb`: makes the Debian packages kopano-presence and prosody-mod-kopano-presence in dist-deb/. Needs dpkg-deb, and dist/ built.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ARCHITECTURES, daemonPackage } from './daemon-package.ts'
import { prosodyPackage } from './prosody-package.ts'

const ROOT = join(import.meta.dirname, '../..')

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: 'dist-deb' },
    /** As Debian names it; another one than this machine's works, too, since nothing is compiled. */
    arch: { type: 'string' },
    /** Compressed less, for tests. */
    fast: { type: 'boolean', default: false },
    /** With the modules that this checkout has installed, so for this machine alone; for tests. */
    installed: { type: 'boolean', default: false },
  },
})

const architecture = values.arch ?? [...ARCHITECTURES].find(([, cpu]) => cpu === process.arch)?.[0]
const cpu = architecture === undefined ? undefined : ARCHITECTURES.get(architecture)
if (architecture === undefined || cpu === undefined) {
  console.error(`The database comes prebuilt for ${[...ARCHITECTURES.keys()].join(', ')} alone; choose with --arch.`)
  process.exit(2)
}

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const work = mkdtempSync(join(tmpdir(), 'presence-deb-'))
const to = resolve(values.to)
mkdirSync(to, { recursive: true })
process.umask(0o022)
try {
  const common = { root: ROOT, work, to, version: String(version), fast: values.fast }
  console.log(await daemonPackage({ ...common, architecture, cpu, installed: values.installed }))
  console.log(prosodyPackage(common))
} finally {
  rmSync(work, { recursive: true, force: true })
}
