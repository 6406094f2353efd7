// What the metrics are made of, at the moment of a scrape.
import type { Distribution } from '../../core/distribution.ts'
import type { SourceInfo } from '../../core/sources.ts'
import type { StoreState } from '../../core/store.ts'
import type { Tally } from '../../core/tally.ts'
import type { RequestCounts } from '../request-meter.ts'
import type { LoopDelay } from './event-loop.ts'
import type { StatusCounts } from './user-count.ts'

export interface Facts {
  readonly version: string
  /** Undefined while they are counted for the first time. */
  readonly users: StatusCounts | undefined
  readonly sources: readonly SourceInfo[]
  readonly tally: Tally
  readonly requests: Iterable<RequestCounts>
  readonly connections: { readonly count: number; readonly most: number }
  readonly streams: { readonly count: number; readonly most: number; readonly delays: Distribution }
  readonly store: StoreState
  readonly loop: { readonly delay: LoopDelay | undefined; readonly busy: number }
}
