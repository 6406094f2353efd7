// What a token may see of the service: everything, or the users of its own domain, as if there were no others.
import type { TokenVerifier } from '../core/tokens.ts'
import { foldUserId } from '../core/user-id.ts'
import { domainOf, type PageQuery } from '../core/user-index.ts'
import type { WatchChoice } from '../core/watchers.ts'
import type { PresenceFace } from './face.ts'
import { PLAIN_POSITIONS, type Positions, SealedPositions } from './positions.ts'
import type { Rights } from './rights.ts'

/** The service, for whoever only reads. */
export type ReadFace = Pick<PresenceFace, 'read' | 'tellSections' | 'lasting' | 'page' | 'pending'> & {
  readonly watching: Pick<
    PresenceFace['watching'],
    'position' | 'telling' | 'subscribe' | 'isBehind' | 'catchUp' | 'remembers' | 'missed' | 'removedSince'
  >
}

export interface View {
  readonly service: ReadFace
  /** Folded; undefined: everybody is seen. */
  readonly domain: string | undefined
  readonly positions: Positions
}

/** No user and no domain are called so: an id is not empty, and what follows the last `@` has none. */
const NO_USER = ''
const NO_DOMAIN = '@'

export class Views {
  readonly #service: PresenceFace
  readonly #rights: Rights
  readonly #sealed: SealedPositions
  readonly #everything: View

  constructor(service: PresenceFace, rights: Rights, tokens: Pick<TokenVerifier, 'keysFor'>) {
    this.#service = service
    this.#rights = rights
    this.#sealed = new SealedPositions(tokens)
    this.#everything = { service, domain: undefined, positions: PLAIN_POSITIONS }
  }

  /** What the owner of a token sees now. */
  of(owner: string): View {
    const domain = this.#rights.domainSeenBy(owner)
    if (domain === undefined) return this.#everything
    return { service: ofDomain(this.#service, domain), domain, positions: this.#sealed }
  }

  /** The secrets may have changed. */
  renew(): void {
    this.#sealed.renew()
  }
}

/** The same service with the users of one domain alone. Nothing in it takes another time for a user who is hidden than for a stranger. */
function ofDomain(service: PresenceFace, domain: string): ReadFace {
  const sees = (userId: string): boolean => domainOf(foldUserId(userId)) === domain
  const seen = (choice: WatchChoice): WatchChoice => {
    if ('users' in choice) return { users: new Set([...choice.users].filter(sees)) }
    return 'everybody' in choice || choice.domain === domain ? { domain } : { users: new Set() }
  }
  const { watching } = service
  return {
    read: (userId) => service.read(sees(userId) ? userId : NO_USER),
    tellSections: (userId, tell) => service.tellSections(sees(userId) ? userId : NO_USER, tell),
    lasting: (userIds) => service.lasting(userIds.map((userId) => (sees(userId) ? userId : NO_USER))),
    page(query: PageQuery) {
      const asked = query.domain === undefined ? domain : foldUserId(query.domain)
      return service.page({ ...query, domain: asked === domain ? domain : NO_DOMAIN })
    },
    pending: () => service.pending(),
    watching: {
      get position() {
        return watching.position
      },
      subscribe: (choice, wake) => watching.subscribe(seen(choice), wake),
      telling: (position) => watching.telling(position),
      isBehind: (position) => watching.isBehind(position),
      catchUp: (position) => watching.catchUp(position),
      remembers: (position) => watching.remembers(position),
      missed: (userId, position) => sees(userId) && watching.missed(userId, position),
      removedSince: (choice, position) => watching.removedSince(seen(choice), position),
    },
  }
}
