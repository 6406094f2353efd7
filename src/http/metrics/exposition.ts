// The metrics in the text form of Prometheus, by prom-client: loaded at the first scrape, since it is not small.
import { type Metric, Registry } from 'prom-client'
import type { Distribution } from '../../core/distribution.ts'
import type { Facts } from './facts.ts'
import { COMMON_FAMILIES, FAMILIES, type Family, PREFIX } from './families.ts'

type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly metricName?: string
  readonly labels: Labels
  readonly value: number
}

/** The media type and the text of what the families say of these facts. */
export async function exposition(facts: Facts): Promise<{ readonly type: string; readonly text: string }> {
  const registry = new Registry()
  for (const family of FAMILIES) register(family, `${PREFIX}${family.name}`, facts, registry)
  for (const family of COMMON_FAMILIES) register(family, family.name, facts, registry)
  return { type: registry.contentType, text: await registry.metrics() }
}

/** What was counted elsewhere, as the registry asks its own metrics for it; its types know of none but those. */
function register(family: Family, name: string, facts: Facts, registry: Registry): void {
  const { help, type } = family
  const values = type === 'histogram' ? [...buckets(name, family.values(facts))] : [...plain(family.values(facts))]
  const metric = { name, get: () => Promise.resolve({ name, help, type, values }) }
  registry.registerMetric(metric as unknown as Metric<string>)
}

function* plain(values: Iterable<readonly [Labels, number]>): Generator<Sample> {
  for (const [labels, value] of values) yield { labels, value }
}

function* buckets(name: string, values: Iterable<readonly [Labels, Distribution]>): Generator<Sample> {
  for (const [labels, distribution] of values) {
    const { sum, count } = distribution
    for (const [bound, value] of [...distribution.cumulative(), ['+Inf', count] as const])
      yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value }
    yield { metricName: `${name}_sum`, labels, value: sum }
    yield { metricName: `${name}_count`, labels, value: count }
  }
}
