// How much the server takes from whoever talks to it, and for how long: every bound, as presence.cfg has it.

/** Sizes in bytes, times in milliseconds. */
export interface Limits {
  /** The largest body; and how much all bodies that are being received may take together, but for the beginning of each. */
  readonly maxBody: number
  readonly maxBodyMemory: number
  /** Of one request: how many users it may name, and how long a message may be, in code points. */
  readonly maxBatch: number
  readonly maxMessage: number
  /** The path and the headers together. */
  readonly maxHeaders: number
  /** From the first byte of a request to the last of its headers, and to the last of its body. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  /** How often these two are looked at. */
  readonly checkInterval: number
  /** How long a connection may be silent within a request or an answer, and how long between two requests. */
  readonly idleTimeout: number
  readonly keepAliveTimeout: number
  /** How many requests of one connection are worked on at once; what a client sends beyond is read later. */
  readonly maxPipelined: number
  /** How many connections may be open, in all and from one address. */
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly maxStreamsPerUser: number
  /** How many wrong signatures at once are borne from one address. */
  readonly maxWrongSignatures: number
  /** How long requests may take to finish when the server closes. */
  readonly closeTimeout: number
}

const KIB = 1024
const MIB = 1024 * 1024
const SECOND = 1_000

export const LIMITS: Limits = {
  maxBody: 4 * MIB,
  maxBodyMemory: 256 * MIB,
  maxBatch: 10_000,
  maxMessage: 10_000,
  // Room for a path of 1,024 code points (four bytes each, written as %XX) and a token of the same user beside it.
  maxHeaders: 32 * KIB,
  headersTimeout: 15 * SECOND,
  requestTimeout: 30 * SECOND,
  checkInterval: 2 * SECOND,
  idleTimeout: 120 * SECOND,
  // Longer than the usual proxies keep theirs, or one could pick a connection that is just being closed here.
  keepAliveTimeout: 75 * SECOND,
  maxPipelined: 10,
  maxConnections: Number.POSITIVE_INFINITY,
  maxConnectionsPerAddress: 2_000,
  maxStreamsPerUser: 1_000,
  maxWrongSignatures: 30,
  closeTimeout: 3 * SECOND,
}

/** The options of presence.cfg that are bounds of this server; sizes and times in the units that they have there. */
export interface LimitSettings {
  readonly server_max_body: number
  readonly server_max_body_memory: number
  readonly server_max_batch: number
  readonly server_max_message: number
  readonly server_max_headers: number
  readonly server_headers_timeout: number
  readonly server_request_timeout: number
  readonly server_idle_timeout: number
  readonly server_keepalive_timeout: number
  readonly server_max_pipelined: number
  /** 0: as many as the open files of the process allow. */
  readonly server_max_connections: number
  /** 0: any number. */
  readonly server_max_connections_per_address: number
  readonly server_max_streams_per_user: number
  readonly server_max_wrong_signatures: number
}

/** The files that a process needs for itself: its database, its log, the connections of its collectors. */
const OWN_FILES = 128

/** What presence.cfg says, for a process that may have so many open files. */
export function limitsOf(settings: LimitSettings, openFiles: number): Limits {
  const requestTimeout = settings.server_request_timeout * SECOND
  const headersTimeout = Math.min(settings.server_headers_timeout * SECOND, requestTimeout)
  return {
    maxBody: settings.server_max_body * MIB,
    maxBodyMemory: settings.server_max_body_memory * MIB,
    maxBatch: settings.server_max_batch,
    maxMessage: settings.server_max_message,
    maxHeaders: settings.server_max_headers * KIB,
    headersTimeout,
    requestTimeout,
    checkInterval: Math.min(LIMITS.checkInterval, headersTimeout / 2),
    idleTimeout: settings.server_idle_timeout * SECOND,
    keepAliveTimeout: settings.server_keepalive_timeout * SECOND,
    maxPipelined: settings.server_max_pipelined,
    maxConnections: settings.server_max_connections || roomFor(openFiles),
    maxConnectionsPerAddress: settings.server_max_connections_per_address || Number.POSITIVE_INFINITY,
    maxStreamsPerUser: settings.server_max_streams_per_user,
    maxWrongSignatures: settings.server_max_wrong_signatures,
    closeTimeout: LIMITS.closeTimeout,
  }
}

/** What is allowed but unwise, as notes for the log. */
export function connectionAdvice({ server_max_connections: wanted }: LimitSettings, openFiles: number): string[] {
  const room = roomFor(openFiles)
  if (wanted <= room) return []
  const why = `is more than the limit of open files of this process (${openFiles}) has room for`
  return [`server_max_connections = ${wanted} ${why}: raise LimitNOFILE of the service, or lower it to ${room}`]
}

function roomFor(openFiles: number): number {
  return Math.max(openFiles - OWN_FILES, Math.floor(openFiles / 2))
}
