// From the settings to the rules of the rooms: what each of them is made with, and told anew at a reload.
import type { Configuration } from '../config/configuration.ts'
import type { Settings } from '../config/options.ts'
import type { Log } from '../core/log.ts'
import type { ServiceRules } from '../core/presence-service.ts'
import type { TokenRules } from '../core/tokens.ts'
import type { RightsRules } from '../http/rights.ts'
import type { Host } from '../plugins/host.ts'
import { futureGroup } from '../system/privileges.ts'
import { readOrMakeSecret } from '../system/secret.ts'

const DAY = 86_400_000

/** Who may connect when the daemon listens on a Unix socket. */
export function socketRights(settings: Settings) {
  return {
    mode: settings.server_socket_mode,
    group: futureGroup(settings.run_as_user, settings.run_as_group),
  }
}

export function tokenRules(settings: Settings, log: Log): TokenRules {
  const secret = settings.server_secret_key ?? readOrMakeSecret(settings.data_path, log)
  const secrets = [secret, ...settings.server_secret_key_previous]
  return { secrets, expireMinutes: settings.server_token_expire }
}

export function rightsRules({ server_trusted_users: trustedUsers, ...settings }: Settings): Required<RightsRules> {
  return { trustedUsers, updateScope: settings.server_update_scope, visibility: settings.server_visibility }
}

export function serviceRules({ settings, userMap }: Configuration, host: Host): ServiceRules {
  const forgetAfter = settings.forget_after === 0 ? undefined : settings.forget_after * DAY
  const { combined_order: combinedOrder, max_users: maxUsers } = settings
  return { combinedOrder, userMap, forgetAfter, maxUsers, publishable: host.publishable }
}
