// What the doctor says of the secret and of the file presence.cfg itself.
import { stat } from 'node:fs/promises'
import type { Configuration } from '../../config/configuration.ts'
import { DAEMON_OPTIONS } from '../../config/options.ts'
import { specifications } from '../../config/read-options.ts'
import { secretFile } from '../../config/secret.ts'
import type { Finding, Tell } from '../../core/finding.ts'

/** Shorter ones can be found by trying. */
const SHORTEST = 16
/** From documentations and old samples, so everybody tries them first; in lower case. */
const WELL_KNOWN: ReadonlySet<string> = new Set(['geheim', 'secret', 'password', 'changeme', 'change-me', 'presence'])

const MAKE_ONE =
  'take a long random one (openssl rand -base64 32), and keep the old one in server_secret_key_previous meanwhile'

/** Pure. */
export function onSecret(secret: string | undefined): Finding {
  const option = 'server_secret_key'
  if (secret === undefined)
    return { level: 'ok', text: 'the daemon makes its secret itself, and keeps it under data_path' }
  if (WELL_KNOWN.has(secret.trim().toLowerCase())) {
    const text = `the secret is one of the first that anybody tries, so anybody can make tokens: ${MAKE_ONE}`
    return { level: 'error', text, option }
  }
  if (secret.length < SHORTEST) {
    return { level: 'warning', text: `the secret has only ${secret.length} characters: ${MAKE_ONE}`, option }
  }
  return { level: 'ok', text: 'the secret is long enough' }
}

/** Whether commands could take a secret that counts no more, and whether everybody can read those in presence.cfg. */
export async function onFiles({ file, settings, given, plugins }: Configuration, tell: Tell): Promise<void> {
  const left = secretFile(settings.data_path)
  if (settings.server_secret_key !== undefined && (await modeOf(left)) !== undefined) {
    const text = `${left} is left of a time without server_secret_key: commands that don't see the one in force (a credential of systemd, say) make tokens with it, which are refused; remove it`
    tell({ level: 'warning', text })
  }
  if (file === undefined) return
  const mode = (await modeOf(file)) ?? 0
  const secrets = secretsOf(DAEMON_OPTIONS, '')
  // Also where it is not in use, so nobody has checked its form.
  if (/:\/\/[^@/]*:[^@/]+@/.test(settings.redis_url ?? '')) secrets.push('redis_url')
  for (const { source, definition } of plugins) secrets.push(...secretsOf({ ...definition.options }, `${source}_`))
  const written = secrets.filter((name) => given.has(name))
  if ((mode & 0o004) === 0 || written.length === 0) return
  const text = `every account of this machine can read ${written.join(', ')} in ${file}: chmod 640 ${file}, and let it belong to the group of run_as_group`
  tell({ level: 'warning', text, option: written[0] ?? 'server_secret_key' })
}

/** The names of those options; not of those that are never a secret of this daemon alone, as a legacy one and an address. */
function secretsOf(schema: object, prefix: string): string[] {
  const secrets = specifications(schema).filter(([, { secret, filed }]) => secret === true && filed !== 'never')
  return secrets.map(([name]) => `${prefix}${name}`)
}

/** The permissions of a file; undefined when there is none. */
async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  )
}
