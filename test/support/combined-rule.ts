// The rule of the combined status, written down once more from its description (operating.md, writing-a-plugin.md), for oracles.

export interface RuleSection {
  readonly status: string
  readonly since: string
  readonly stale?: boolean
}

const STATES = ['busy', 'available', 'away', 'unavailable'] as const

/** The status and the source that decides it, as `busy xmpp`, with the default order; `order` is that of `plugins`. */
export function decided(sources: Readonly<Record<string, RuleSection>>, order: readonly string[]): string {
  const said = order.flatMap((name) => {
    const section = sources[name]
    return section === undefined ? [] : [{ name, section }]
  })
  const seen = said.some(({ name, section }) => name !== 'manual' && section.status !== 'unavailable')
  const counts = said.filter(
    ({ name, section: { status } }) => name !== 'manual' || seen || status === 'busy' || status === 'unavailable',
  )
  const own = counts.find(({ name }) => name === 'manual')
  if (own !== undefined) return `${own.section.status} manual`
  for (const state of STATES) {
    const [best] = counts
      .filter(({ section }) => section.status === state)
      .sort(
        (one, other) =>
          Number(one.section.stale === true) - Number(other.section.stale === true) ||
          Date.parse(other.section.since) - Date.parse(one.section.since),
      )
    if (best !== undefined) return `${state} ${best.name}`
  }
  return 'nobody'
}
