import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const folder = new URL('../../../deploy/observability/', import.meta.url)

export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

/** The link of the rule about incidents: the page of the incident's code. */
export const incidentPage = 'docs/runbook/{{ reReplaceAll "_" "-" (toLower $labels.code) }}.md'

/** The rules of Prometheus. */
export function rules(): readonly Rule[] {
  const { groups } = parse(readFileSync(new URL('alerts.yml', folder), 'utf8')) as {
    groups: readonly { rules: readonly Rule[] }[]
  }
  return groups.flatMap((group) => group.rules)
}

export interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

/** The dashboard of Grafana. */
export function dashboard(): { readonly panels: readonly Panel[] } {
  const text = readFileSync(new URL('grafana/dashboards/tidemark.json', folder), 'utf8')
  return JSON.parse(text) as { panels: readonly Panel[] }
}

/** All expressions of rules and panels. */
export function expressions(): string[] {
  const ofPanels = dashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  return [...rules().map(({ expr }) => expr), ...ofPanels]
}

/** The metrics that an expression names. `up` is Prometheus' own. */
export function metricsIn(expression: string): string[] {
  return expression.match(/\b(?:tidemark|temporal|nodejs|process)_[a-z0-9_]+(?=[{[ )]|$)/g) ?? []
}
