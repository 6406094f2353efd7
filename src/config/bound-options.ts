// The options that bound what clients may send and keep open: sane for an installation of any size, and never without an end.
import { integer } from '../core/options.ts'

/** In the order of the sample file. */
export const BOUND_OPTIONS = {
  server_max_streams: integer({
    help: 'How many streams of changes (/v1/watch) may be open at once; further ones are refused.',
    default: 20_000,
    min: 0,
    max: 1_000_000,
  }),
  server_max_streams_per_user: integer({
    help: 'How many of them with tokens of the same user; all who came to the status board by a password are one.',
    default: 1_000,
    min: 1,
    max: 1_000_000,
  }),
  server_max_connections: integer({
    help: 'How many connections may be open at once. At the bound the one that has been idle for longest makes room; while none is idle, new ones are answered with 503. 0: as many as the limit of open files leaves (LimitNOFILE, "ulimit -n").',
    default: 0,
    min: 0,
    max: 1_000_000,
  }),
  server_max_connections_per_address: integer({
    help: 'How many of them from one address (of IPv6: one /64); further ones are answered with 429. This machine and server_trusted_proxies are not counted. 0: any number.',
    default: 2_000,
    min: 0,
    max: 1_000_000,
  }),
  server_max_pipelined: integer({
    help: 'How many requests that a client sends on one connection without waiting for answers are worked on at once; the rest is read later.',
    default: 10,
    min: 1,
    max: 1_000,
  }),
  server_max_headers: integer({
    help: 'The largest path and headers of a request, together; larger ones are answered with 431.',
    default: 32,
    min: 8,
    max: 1_024,
    unit: 'KiB',
  }),
  server_max_body: integer({
    help: 'The largest body of a request; larger ones are answered with 413.',
    default: 4,
    min: 1,
    max: 64,
    unit: 'MiB',
  }),
  server_max_body_memory: integer({
    help: 'How much memory the bodies that are being received may take together, but for the first 64 KiB of each; larger ones are answered with 503 while it is used up.',
    default: 256,
    min: 64,
    max: 65_536,
    unit: 'MiB',
  }),
  server_max_batch: integer({
    help: 'How many users one request may name; more are answered with 413.',
    default: 10_000,
    min: 1,
    max: 10_000,
  }),
  server_max_message: integer({
    help: 'The longest message that a client may publish; longer ones are answered with 400. Those that collectors see are cut at 10,000.',
    default: 10_000,
    min: 0,
    max: 10_000,
    unit: 'characters',
  }),
  server_headers_timeout: integer({
    help: 'How long the headers of a request may take to arrive; then it is answered with 408.',
    default: 15,
    min: 1,
    max: 600,
    unit: 'seconds',
  }),
  server_request_timeout: integer({
    help: 'How long the whole request, with its body, may take to arrive; then it is answered with 408.',
    default: 30,
    min: 1,
    max: 3_600,
    unit: 'seconds',
  }),
  server_idle_timeout: integer({
    help: 'How long nothing may move on a connection within a request or an answer, as when a client reads no further; then it is closed.',
    default: 120,
    min: 30,
    max: 3_600,
    unit: 'seconds',
  }),
  server_keepalive_timeout: integer({
    help: 'How long a connection may be idle between two requests; longer than a proxy in front keeps it, or it may pick one that is being closed.',
    default: 75,
    min: 1,
    max: 3_600,
    unit: 'seconds',
  }),
  server_max_wrong_signatures: integer({
    help: 'How many tokens with a wrong signature one address (of IPv6: one /64) may show at once, and one more every 2 seconds; further ones are answered with 429. This machine is not counted, unless server_trusted_proxies tells for whom it asks.',
    default: 30,
    min: 1,
    max: 10_000,
  }),
}

/** Their names, for whoever has to know that only a restart changes them. */
export const BOUND_NAMES = Object.keys(BOUND_OPTIONS) as readonly (keyof typeof BOUND_OPTIONS)[]
