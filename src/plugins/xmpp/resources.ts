// The devices of one user, and which of them speaks for the user (pure).
import { type Publication, STATUSES } from '../../core/presence.ts'
import type { PresenceStanza } from './stanza.ts'

/** What one resource says. */
export interface Resource {
  /** The contact whose device it is; several contacts may be one user. */
  readonly contact: string
  readonly status: Publication['status']
  readonly message: string
  readonly priority: number
  /** When it said so, epoch milliseconds of the daemon's clock. */
  readonly at: number
  /** Orders what was said in the same millisecond. */
  readonly order: number
  /** When its status began, where that is known better than "when it was heard". */
  readonly since?: number
}

/** So many devices of one user are kept; beyond, the one that was heard of longest ago is forgotten. */
export const RESOURCE_LIMIT = 64

/** The resources of a user, by full JID. */
export type Resources = Map<string, Resource>

/** Whether a resource speaks rather than another: the higher priority, then the more available, then the newer (RFC 6121, 4.7.2.3 leaves it open). */
export function outranks(one: Resource, other: Resource): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority
  const difference = STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status)
  if (difference !== 0) return difference < 0
  return one.at === other.at ? one.order > other.order : one.at > other.at
}

/** The one that speaks for the user; undefined when nobody is there. */
export function speaker(resources: Resources): Resource | undefined {
  let best: Resource | undefined
  for (const resource of resources.values()) {
    if (best === undefined || outranks(resource, best)) best = resource
  }
  return best
}

/** Takes over what a resource says of itself. Returns its key. */
export function setResource(resources: Resources, stanza: PresenceStanza, now: number, order: number): Resource {
  const key = keyOf(stanza.from.bare, stanza.from.resource)
  const before = resources.get(key)
  // A stamp that lies ahead comes from a clock that does.
  const sent = stanza.sent === undefined ? undefined : Math.min(stanza.sent, now)
  const since = before !== undefined && before.status === stanza.status ? before.since : sent
  const resource: Resource = {
    contact: stanza.from.bare,
    status: stanza.status,
    message: stanza.message,
    priority: stanza.priority,
    at: sent ?? now,
    order,
    ...(since !== undefined && { since }),
  }
  // Set anew, so that the map's order is that of the last word.
  resources.delete(key)
  resources.set(key, resource)
  if (resources.size > RESOURCE_LIMIT) {
    const [oldest] = resources.keys()
    if (oldest !== undefined) resources.delete(oldest)
  }
  return resource
}

/** Forgets one device of a contact, or all of them when the resource is empty. */
export function dropResources(resources: Resources, bare: string, resource: string): void {
  if (resource !== '') {
    resources.delete(keyOf(bare, resource))
    return
  }
  for (const [key, { contact }] of resources) if (contact === bare) resources.delete(key)
}

function keyOf(bare: string, resource: string): string {
  return `${bare}/${resource}`
}
