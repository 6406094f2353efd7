// How the wall mode fills a screen that nobody touches: the size of the tiles, and pages that take turns when not all fit. Pure.

/** A domain, and the people in it who are to be seen. */
export interface WallGroup<Member> {
  readonly domain: string
  readonly members: readonly Member[]
}

export interface WallPlan<Member> {
  /** The size of the text, as a factor of what a tile is designed with. */
  readonly scale: number
  readonly columns: number
  readonly pages: ReadonlyArray<ReadonlyArray<WallGroup<Member>>>
}

/** A tile and a group's heading at scale 1, in pixels; gaps included. */
export const TILE = { width: 420, height: 132, heading: 76 }
/** What a screen of 1,920 x 1,080 pixels leaves for the tiles. */
const ROOM = { width: 1840, height: 815 }
/** The largest first. At scale 1 a name is 34 px high on a screen of 1,080 lines, which is read from 5 m. */
const SCALES = [1.7, 1.5, 1.35, 1.2, 1.1, 1, 0.92, 0.85]

/** For a room of so many pixels. The largest size at which everybody fits; at the smallest one, as many pages as it takes. */
export function wallPlan<Member>(
  groups: ReadonlyArray<WallGroup<Member>>,
  width: number,
  height: number,
): WallPlan<Member> {
  const screen = Math.max(0.4, Math.min(width / ROOM.width, height / ROOM.height))
  for (const size of SCALES) {
    const plan = planAt(groups, width, height, size * screen)
    if (plan.pages.length <= 1) return plan
  }
  return planAt(groups, width, height, (SCALES.at(-1) ?? 1) * screen)
}

function planAt<Member>(
  groups: ReadonlyArray<WallGroup<Member>>,
  width: number,
  height: number,
  scale: number,
): WallPlan<Member> {
  const columns = Math.max(1, Math.floor(width / (TILE.width * scale)))
  const pages: WallGroup<Member>[][] = []
  let page: WallGroup<Member>[] = []
  let left = height
  const turn = () => {
    if (page.length > 0) pages.push(page)
    page = []
    left = height
  }
  for (const { domain, members } of groups) {
    let rest = members
    while (rest.length > 0) {
      const lines = Math.floor((left - TILE.heading * scale) / (TILE.height * scale))
      if (lines < 1 && page.length > 0) {
        turn()
        continue
      }
      const some = rest.slice(0, Math.max(1, lines) * columns)
      page.push({ domain, members: some })
      left -= (TILE.heading + Math.ceil(some.length / columns) * TILE.height) * scale
      rest = rest.slice(some.length)
    }
  }
  turn()
  return { scale, columns, pages }
}
