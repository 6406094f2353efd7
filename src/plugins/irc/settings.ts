// From the options of an irc source to what a login needs, and who is to be followed.
import { FatalError, reason } from '../../core/errors.ts'
import type { PluginContext } from '../../core/plugin.ts'
import { type Identity, readPair } from './identities.ts'
import type { LoginSettings } from './login.ts'
import type { IrcOptions } from './options.ts'

export function settingsOf(host: string, options: IrcOptions, source: string): LoginSettings {
  const { port, tls, tls_verify: verify, ca_file: caFile, sasl_username: username, sasl_password: password } = options
  return {
    target: { host, port, tls, verify, caFile, source },
    nick: options.nick,
    lineLimit: options.max_line * 1024,
    serverPassword: options.server_password,
    sasl: username === undefined ? undefined : { username, password: password ?? '' },
  }
}

/** What presence.cfg says first, then what the user map says. */
export function identitiesOf(
  options: IrcOptions,
  { mappedIds, mapUser }: Pick<PluginContext, 'mappedIds' | 'mapUser'>,
): Identity[] {
  const own = options.user_map.flatMap((entry) => readPair(entry) ?? [])
  const mapped = mappedIds().flatMap((id) => {
    const userId = mapUser(id)
    return userId === undefined ? [] : [{ id, userId }]
  })
  return [...own, ...mapped]
}

/** The same error, with the address in front of its sentence. */
export function refused({ server: host, port }: IrcOptions, error: unknown): Error {
  const place = host?.includes(':') ? `[${host}]` : host
  const text = `${place}:${port}: ${reason(error)}`
  return error instanceof FatalError ? new FatalError(text) : new Error(text)
}
