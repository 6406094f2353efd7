// What Redis answers instead of doing it: which errors pass by themselves, and what an administrator has to do about the others.
import { reason } from '../../core/errors.ts'

/** The first word of an error that Redis answered. */
export function codeOf(error: unknown): string {
  return /^-?([A-Z]+)\b/.exec(reason(error))?.[1] ?? ''
}

/** Nothing was done, and it is worth asking again in a moment. */
const PASSING: ReadonlySet<string> = new Set([
  'LOADING',
  'BUSY',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'MOVED',
  'ASK',
  'READONLY',
])

/** The servers' parts have changed: they have to be asked for anew. */
const MOVING: ReadonlySet<string> = new Set(['MOVED', 'READONLY', 'CLUSTERDOWN', 'MASTERDOWN'])

export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error))
}

export function isMoving(error: unknown): boolean {
  return MOVING.has(codeOf(error))
}

const UNTRUSTED =
  'its certificate is not by an authority that is trusted here; let redis_ca_file name the file with the right one'

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['WRONGPASS', 'it refuses the user or the password of redis_url; correct them there, or in redis_password_file'],
  ['NOAUTH', 'it wants a password; put it into redis_password_file'],
  ['NOPERM', 'the user of redis_url lacks a right; docs/operating.md has the line for its ACL'],
  ['OOM', 'its memory is full (maxmemory); give it more'],
  ['LOADING', 'it is still loading its data after its start'],
  ['READONLY', 'it is a replica, which takes no changes; let redis_url name the master, or use its Sentinel form'],
  ['CLUSTERDOWN', 'the Cluster lacks a master for some of its slots'],
  ['MASTERDOWN', 'it is a replica that has lost its master'],
  ['MISCONF', 'it cannot write to its disk, and takes no changes until it can; its log says why'],
  ['BUSY', 'it is busy with a script that does not end'],
  ['NOREPLICAS', 'it has fewer replicas than its min-replicas-to-write asks for'],
  ['DENIED', 'it is in protected mode; set a password, or bind it to an address that only its clients reach'],
  ['ECONNREFUSED', 'nobody listens there; start it, or correct redis_url'],
  ['ENOENT', 'there is no such socket; start it, or correct redis_url'],
  ['EACCES', 'the account of the daemon may not open the socket; give it the right with unixsocketperm and a group'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', UNTRUSTED],
  ['CERT_HAS_EXPIRED', 'its certificate has expired; renew it'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is for another name; correct the host in redis_url, or the certificate',
  ],
  ['ENOTFOUND', 'its name cannot be resolved; correct redis_url, or the DNS'],
])

/** The error in words, for after "the store on Redis at ADDRESS: ". */
export function inWords(error: unknown): string {
  const own = error instanceof Error && 'code' in error ? String(error.code) : ''
  const code = REMEDIES.has(own) ? own : codeOf(error)
  const remedy = REMEDIES.get(code)
  return remedy === undefined ? reason(error) : `${remedy} (${code})`
}
