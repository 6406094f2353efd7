// Makes sure that the Debian packages which the tests need are there, and starts no service on the way. Plain JavaScript, as it comes first.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** Each with its reason. */
export const PACKAGES = new Map([
  ['prosody', 'an XMPP server that the end-to-end tests start on ports of their own'],
  ['ejabberd', 'another one, with habits of its own'],
  ['curl', 'the HTTP client of the examples, for requests as people write them'],
  ['jq', 'reads JSON in the examples for a shell'],
  ['libxml2-utils', 'xmllint, which validates PIDF documents against their schema'],
  ['chromium', 'the browser in which the pages and the SDK are tried'],
  ['fonts-dejavu-core', 'letters for its screenshots'],
  ['nginx-light', 'the proxy behind which the daemon is put'],
  ['ngircd', 'an IRC server without MONITOR'],
  ['inspircd', 'an IRC server with MONITOR, SASL and links to others'],
  ['atheme-services', 'the accounts of the latter'],
  ['wrk', 'a load of requests, while the daemon is reloaded or stopped'],
  ['faketime', 'sets the clock that the daemon sees'],
  ['prometheus', 'scrapes the metrics, and checks them, the alert rules and the dashboard (promtool)'],
  ['redis-server', 'the store that several daemons share'],
  ['lintian', 'judges Debian packages'],
  ['logrotate', 'reads the rules for the log'],
  ['mandoc', 'the strictest reader of manual pages'],
  ['man-db', 'and the one that people have'],
  ['shellcheck', 'reads scripts of the shell'],
  ['systemd', 'systemd-analyze and systemd-notify, for the unit and for what the daemon tells systemd'],
  ['php-cli', 'runs the example of a client in PHP'],
  ['python3', 'runs that in Python, and has Unix datagram sockets, as systemd does'],
  ['python3-yaml', 'reads the configuration for Home Assistant as that does'],
  ['python3-jinja2', 'and fills in its templates'],
  ['strace', 'shows that an update is flushed to disk before it is answered'],
])

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
const FORMAT = '${Package} ${db:Status-Abbrev}\\n'

/** What Debian asks before a package may start its service, see invoke-rc.d(8); 101 means no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d'
const POLICY = '#!/bin/sh\n# Temporary, by the tests of kopano-presence: no service is started.\nexit 101\n'

/**
 * Installs what is missing. Returns undefined, or a sentence for whoever must help.
 * @param {string} policyFile
 * @returns {string | undefined}
 */
export function installPackages(policyFile = POLICY_FILE) {
  const missing = missingPackages()
  if (missing === undefined) return `The tests need Debian or a relative of it. Elsewhere, install by hand: ${names()}.`
  if (missing.length === 0) return undefined
  const asRoot = rootPrefix()
  if (asRoot === undefined)
    return `The tests need ${missing.join(', ')}. Run: sudo node test/support/install-packages.mjs`
  console.log(`Installing ${missing.join(', ')} for the tests; their services are not started.`)
  withoutServices(policyFile, asRoot, () => {
    // The lists of packages are only fetched when what is known of them doesn't do.
    if (apt(asRoot, 'pipe', 'install', '--no-install-recommends', ...missing)) return
    apt(asRoot, 'inherit', 'update')
    apt(asRoot, 'inherit', 'install', '--no-install-recommends', ...missing)
  })
  const still = missingPackages() ?? []
  return still.length === 0 ? undefined : `${still.join(', ')} could not be installed; apt-get's words are above.`
}

function names() {
  return [...PACKAGES.keys()].join(' ')
}

/** Undefined where there are no Debian packages. */
function missingPackages() {
  const { error, stdout } = spawnSync('dpkg-query', ['-W', '-f', FORMAT, ...PACKAGES.keys()], { encoding: 'utf8' })
  if (error !== undefined) return undefined
  const installed = new Set(stdout.split('\n').flatMap((line) => (line.endsWith(' ii ') ? line.split(' ', 1) : [])))
  return [...PACKAGES.keys()].filter((name) => !installed.has(name))
}

/** What stands before a command to run it as root; undefined when nobody lets us. */
function rootPrefix() {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

/**
 * @param {readonly string[]} asRoot
 * @param {'pipe' | 'inherit'} output
 * @param {readonly string[]} words
 */
function apt(asRoot, output, ...words) {
  const command = ['apt-get', '-y', '-q', '-o', 'DPkg::Lock::Timeout=300', ...words]
  return run([...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command], output)
}

/**
 * @param {readonly string[]} words
 * @param {'pipe' | 'inherit'} output
 * @param {string} [input]
 */
function run([command = '', ...args], output, input) {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  return (
    spawnSync(command, args, { stdio: [stdin, output, output], ...(input === undefined ? {} : { input }) }).status === 0
  )
}

/**
 * Acts under a policy of our own, which goes again whatever happens; one that is there stays as it is.
 * @param {string} policyFile
 * @param {readonly string[]} asRoot
 * @param {() => void} action
 */
function withoutServices(policyFile, asRoot, action) {
  if (lstatSync(policyFile, { throwIfNoEntry: false }) !== undefined) return action()
  // With a listener, Ctrl-C ends apt-get but leaves us to tidy up.
  const stay = () => {}
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stay)
  try {
    // `set -C` never writes over a file that appeared meanwhile.
    if (
      !run(
        [...asRoot, 'sh', '-c', 'set -C; umask 022; cat > "$1" && chmod 755 "$1"', 'sh', policyFile],
        'inherit',
        POLICY,
      )
    )
      return
    action()
  } finally {
    if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') === POLICY)
      run([...asRoot, 'rm', policyFile], 'inherit')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stay)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problem = installPackages()
  if (problem !== undefined) {
    console.error(problem)
    process.exitCode = 1
  }
}
