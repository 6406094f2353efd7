// The daemon's own options: one schema, from which the settings, the checks and the sample file are made.
import { choice, integer, list, type OptionSpec, path, secret, text, yesNo } from '../core/options.ts'
import { BOUND_OPTIONS } from './bound-options.ts'
import { account, host, logLevel, networks, octal, origins, orNone, webAddress } from './option-types.ts'
import { STORE_OPTIONS } from './store-options.ts'

/** In the order of the sample file. */
export const DAEMON_OPTIONS = {
  data_path: path({ help: 'The folder where presence is kept.', default: '/var/lib/kopano/presence/' }),
  data_save_interval: integer({
    help: 'Known from the old daemon and without effect: every update is saved at once.',
    default: 5,
    min: 0,
    max: 1_000_000,
    unit: 'minutes',
  }),
  ...STORE_OPTIONS,
  forget_after: integer({
    help: 'A user of whom no source has said anything for so long is forgotten; 0 means never.',
    default: 30,
    min: 0,
    max: 36_500,
    unit: 'days',
  }),
  max_users: integer({
    help: 'How many users may be known before clients can make no more (507). Those who are known can always be updated, and collectors always get theirs in.',
    default: 1_000_000,
    min: 1,
    max: 100_000_000,
  }),
  user_map_file: path<string | undefined>({
    help: 'A file of lines "SOURCE ID = USER", which join what systems call a person into one user.',
    default: undefined,
    example: '/etc/kopano/presence-users.map',
  }),
  combined_order: list({
    help: 'How the sources are combined into one status. Each word is a state (available, busy, away, unavailable) or the name of a source, which wins while it says anything; the first that matches decides.',
    default: ['manual', 'busy', 'available', 'away', 'unavailable'],
  }),

  plugins: list({
    help: 'The plugins to run, each under its own name or as NAME=PLUGIN under another. A name that is not built in is looked for in the package kopano-presence-plugin-NAME.',
    default: ['spreed', 'manual'],
    example: 'spreed xmpp',
  }),
  plugin_path: path<string | undefined>({
    help: 'A folder in which plugins of others were installed (npm install kopano-presence-plugin-NAME). They are found beside this program without it.',
    default: undefined,
    example: '/var/lib/kopano/presence/plugins',
  }),

  run_as_user: orNone(
    account({ help: 'The account to run as, when started by root. Empty: the one that starts it.', default: 'kopano' }),
  ),
  run_as_group: orNone(
    account({
      help: 'The group to run as, when started by root. Empty: that of whoever starts it.',
      default: 'kopano',
    }),
  ),
  pid_file: orNone(
    path({
      help: 'The file that holds the process id while the daemon runs. Empty: none.',
      default: '/var/run/kopano/presence.pid',
    }),
  ),
  running_path: orNone(
    path({
      help: 'The folder in which the daemon runs. Empty: the one where it was started.',
      default: '/var/lib/kopano',
    }),
  ),

  server_bind: host({
    help: 'The address to listen on: 0.0.0.0 for all of IPv4, :: for all of IPv6, unix:/run/kopano/presence.sock for a Unix socket.',
    default: '127.0.0.1',
  }),
  server_port: integer({
    help: 'The TCP port to listen on; 0 takes a free one, which the log tells.',
    default: 1234,
    min: 0,
    max: 65_535,
  }),
  server_socket_mode: octal({
    help: 'Who may connect to a Unix socket: its permissions. It belongs to run_as_group.',
    default: 0o660,
  }),
  server_ssl_certificate_file: path<string | undefined>({
    help: "With it the daemon itself speaks TLS: the server's certificate and after it those that lead to its authority, as PEM.",
    default: undefined,
    example: '/etc/kopano/ssl/presence.pem',
  }),
  server_ssl_key_file: path<string | undefined>({
    help: 'The key of that certificate, as PEM and not encrypted; it may be the same file.',
    default: undefined,
    example: '/etc/kopano/ssl/presence.key',
  }),
  server_auth_user: text({
    help: 'Known from the old daemon and without effect: clients may send Basic credentials, but only the token counts.',
    default: 'presence',
  }),
  server_auth_password: {
    ...text({ help: 'See server_auth_user.', default: 'presence', secret: true }),
    filed: 'never',
  },
  server_secret_key: secret({
    help: 'The secret that signs tokens, shared with the clients. Without it the daemon makes one at its first start and keeps it as "secret" under data_path.',
    default: undefined,
  }),
  server_secret_key_previous: {
    ...list({
      help: 'Older secrets whose tokens are still accepted, so that a secret can be changed without a gap.',
      default: [],
    }),
    ...{ secret: true, filed: 'lines' },
  },
  server_token_expire: integer({
    help: 'How old a token may be, and how far ahead of this clock.',
    default: 5,
    min: 1,
    max: 525_600,
    unit: 'minutes',
  }),
  server_trusted_users: list({
    help: 'The users whose tokens may publish for everybody, forget everybody and see everybody, whatever else is set: those of a backend, say.',
    default: [],
    example: 'backend@example.com',
  }),
  server_update_scope: choice({
    help: 'For whom a token may publish spreed through "/": any (everybody, for one trusted client that speaks for many), domain (users of its own domain), or own (its own user). Set own wherever tokens reach browsers. Trusted users publish for everybody.',
    words: ['any', 'domain', 'own'],
    default: 'any',
  }),
  server_visibility: choice({
    help: 'Whom a token sees: all, or domain (only users of its own domain, which is what follows the last @; a token without one sees users without one). With domain it may publish for no others either, and what a source is connected to is told to trusted users only. Trusted users see everybody.',
    words: ['all', 'domain'],
    default: 'all',
  }),
  server_allowed_origins: origins({
    help: 'The origins of web pages that may ask from a browser (CORS).',
    default: [],
    example: 'https://webapp.example.com',
  }),
  server_trusted_proxies: networks({
    help: 'The proxies whose X-Forwarded-For header is believed; "unix" are those that come through the Unix socket.',
    default: [],
    example: '127.0.0.1 10.1.0.0/16',
  }),

  server_public_metrics: yesNo({
    help: 'Whether anybody may read /metrics and /readyz. With "no" only who asks from this machine and through no proxy may; others get 404.',
    default: false,
  }),

  ...BOUND_OPTIONS,

  board_url: webAddress({
    help: 'The public address of the status board, for the links that are printed. Without it they name the address to listen on.',
    default: undefined,
    example: 'https://example.com/presence/board/',
  }),
  board_password: secret({
    help: 'Opens the status board for reading only, as for a screen on a wall. Without a password it opens by links and tokens alone.',
    default: undefined,
  }),

  log_method: choice({
    help: 'Where the log goes: to log_file, or to syslog.',
    words: ['file', 'syslog'],
    default: 'file',
  }),
  log_level: logLevel({
    help: 'How much is logged, from 0 (nothing) to 6 (everything), or as a word: none, critical, error, warning, notice, info, debug.',
    default: 3,
  }),
  log_file: path({ help: 'The file for the log; "-" is the standard error output.', default: '-' }),
  log_format: choice({
    help: 'How a line is written: as text for people, or as one JSON object for machines.',
    words: ['text', 'json'],
    default: 'text',
  }),
  log_timestamp: yesNo({ help: 'Whether each line of a log file begins with the time.', default: true }),
} satisfies Readonly<Record<string, OptionSpec<unknown>>>

/** What presence.cfg says of the daemon, under the names that the options have there. */
export type Settings = {
  readonly [Name in keyof typeof DAEMON_OPTIONS]: (typeof DAEMON_OPTIONS)[Name] extends OptionSpec<infer Value>
    ? Value
    : never
}
