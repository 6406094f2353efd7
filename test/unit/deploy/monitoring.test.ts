// The alert rules and the dashboard ask for metrics that there are, in expressions that Prometheus understands.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMON_FAMILIES, FAMILIES, type Family, PREFIX } from '../../../src/http/metrics/families.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const RULES = join(ROOT, 'deploy/prometheus/kopano-presence.rules.yml')
const DASHBOARD = join(ROOT, 'deploy/grafana/kopano-presence.json')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

const KNOWN = new Set([
  ...FAMILIES.flatMap((family) => namesOf(family, PREFIX)),
  ...COMMON_FAMILIES.flatMap((family) => namesOf(family, '')),
])

function namesOf({ name, type }: Family, prefix: string): string[] {
  if (type !== 'histogram') return [prefix + name]
  return ['bucket', 'sum', 'count'].map((part) => `${prefix}${name}_${part}`)
}

function promtool(...words: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
}

function metricsIn(text: string): string[] {
  return text.match(/\b(?:kopano_presence|process)_\w+/g) ?? []
}

test('Prometheus takes the alert rules, and each comes when it should and only then', () => {
  promtool('check', 'rules', RULES)
  promtool('test', 'rules', join(ROOT, 'test/prometheus/alerts.test.yml'))
  const rules = readFileSync(RULES, 'utf8')
  const tests = readFileSync(join(ROOT, 'test/prometheus/alerts.test.yml'), 'utf8')
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '')
  assert.equal(alerts.length, 5)
  for (const alert of alerts) assert.match(tests, new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`), alert)
})

test('the alert rules and the dashboard ask for no metric that there is not', () => {
  const rules = readFileSync(RULES, 'utf8').replace(/^\s*#.*$/gm, '')
  const asked = [...metricsIn(rules), ...metricsIn(readFileSync(DASHBOARD, 'utf8'))]
  assert.ok(asked.length > 20)
  assert.deepEqual(
    asked.filter((name) => !KNOWN.has(name)),
    [],
  )
})

test('the dashboard shows every metric, in expressions that Prometheus understands', (t) => {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const rules = expressions.map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', 'j').replaceAll('$instance', 'i'),
  }))
  const file = join(temporaryFolder(t), 'panels.yml')
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  promtool('check', 'rules', file)
  const shown = new Set(metricsIn(expressions.join('\n')))
  const unseen = [...FAMILIES.map((family) => namesOf(family, PREFIX))].filter(
    (names) => !names.some((one) => shown.has(one)),
  )
  assert.deepEqual(unseen, [['kopano_presence_http_connections_max']])
})
