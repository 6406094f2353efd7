// Why each direct dependency is here, and which licences go with this project's own (MIT).

export const REASONS: ReadonlyMap<string, string> = new Map([
  ['@redis/client', 'speaks to Redis, for a daemon on several machines'],
  ['@xmpp/connection-tcp', 'XMPP streams'],
  ['@xmpp/iq', 'requests and answers in XMPP'],
  ['@xmpp/middleware', 'what the other modules of XMPP are put together with'],
  ['@xmpp/resource-binding', 'binds the resource of an XMPP session'],
  ['@xmpp/sasl', 'the login to XMPP'],
  ['@xmpp/stream-features', 'negotiates the features of XMPP streams'],
  ['@xmpp/xml', 'elements of XMPP and their parser'],
  ['commander', 'the command line'],
  ['fastify', 'HTTP: routes and hooks'],
  ['irc-framework', 'the IRC protocol'],
  ['lmdb', 'keeps presence on the disk, in one file and without a server'],
  ['pino', 'writes the log'],
  ['prom-client', 'metrics for Prometheus, in its text form'],
  ['saslmechanisms', 'chooses the mechanism of a login to XMPP, as @xmpp/sasl wants it'],
  ['typebox', 'the schemas of the interface, and validators made of them'],
  ['@arethetypeswrong/cli', 'tests that the types of the npm package are found by everybody'],
  ['@biomejs/biome', 'linter and formatter'],
  ['@seriousme/openapi-schema-validator', 'tests that the OpenAPI document is one'],
  ['@types/node', "the types of Node's modules"],
  ['fast-check', 'properties and fuzzing'],
  ['oxc-parser', 'reads imports for the test of the architecture, and the types for docs/api'],
  ['playwright-core', 'drives the browser in tests'],
  ['preact', 'the status board; it ends up in its bundle'],
  ['publint', 'tests that the npm package is in order'],
  ['tsx', 'runs TypeScript in tests'],
  ['typescript', 'checks and compiles'],
  ['vite', 'bundles the status board'],
])

/** Dependencies for building whose code ends up in what is shipped. */
export const SHIPPED: ReadonlySet<string> = new Set(['preact'])

/** Packages that name no licence where npm looks for it: as their file LICENSE says, of exactly this version. */
export const KNOWN: ReadonlyMap<string, string> = new Map([
  ['middleware-handler@0.2.0', 'MIT'],
  ['saslmechanisms@0.1.1', 'MIT'],
])

const FREE: ReadonlySet<string> = new Set([
  ...[
    'MIT',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    '0BSD',
    'BlueOak-1.0.0',
    'CC0-1.0',
    'Unlicense',
    'Python-2.0',
  ],
])
/** These ask something of whoever passes them on, so they are for tools only. */
const TOOLS_ONLY: ReadonlySet<string> = new Set(['MPL-2.0', 'CC-BY-4.0'])

/** Whether an SPDX expression of licences may be chosen from (`OR`) or has to be kept as a whole (`AND`). */
export function isAllowed(expression: string, isShipped: boolean): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((id) => FREE.has(id) || (!isShipped && TOOLS_ONLY.has(id))))
}
