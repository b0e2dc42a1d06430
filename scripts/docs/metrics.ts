import { readFileSync } from 'node:fs'
import { code, madeFrom, table } from './markdown.js'

const source = 'activities/metrics.ts'

const meanings: Readonly<Record<string, string>> = {
  tidemark_source_transaction_seconds:
    'How long the read of one file held a transaction of the source, by `entity`. The source cannot clean up rows that changed since then.',
}

export function metricsPage(): string {
  const created = Array.from(
    readFileSync(source, 'utf8').matchAll(/create(Histogram|Counter|Gauge)\('(\w+)', '\w+', '(\w+)'\)/g),
    ([, kind = '', name = '', unit = '']) => ({ kind: kind.toLowerCase(), name, unit }),
  )
  const rows = created.map(({ name, kind, unit }) => [code(name), kind, unit, meaningOf(name)])
  return `# Metrics

${madeFrom(`[${source}](../../${source})`)}

A worker answers Prometheus at \`http://METRICS_ADDRESS/metrics\` ([configuration](configuration.md)). Without \`METRICS_ADDRESS\` there are
no metrics. In compose the address is \`127.0.0.1:9464\`, which only the container itself can reach. The API has no metrics: its log has a line for each request, with \`status\` and \`ms\`.

## Metrics of Tidemark

${table(['metric', 'kind', 'unit', 'meaning'], rows)}

## Metrics of Temporal's SDK

The same address has the [metrics of Temporal's SDK](https://docs.temporal.io/references/sdk-metrics). These are worth a graph, and
[watch](../how-to/watch.md) has rules for alerts:

| metric | what it shows |
| --- | --- |
| \`temporal_num_pollers\` | Whether the worker asks for tasks. The image's health check reads it. |
| \`temporal_worker_task_slots_available\` | Free slots. If it stays at 0 during a midnight, add workers or raise \`WORKER_CONCURRENCY\`. |
| \`temporal_activity_schedule_to_start_latency\` | How long tasks wait for a slot. |
| \`temporal_activity_execution_failed\` | Failed attempts. Alerts name the cause: [runbook](../runbook/README.md). |
| \`temporal_workflow_failed\` | By \`workflow_type\`: \`exportRun\` are runs that did not publish everything, \`removeOldFiles\` are nights on which old files could not be removed. |
`
}

function meaningOf(name: string): string {
  const meaning = meanings[name]
  if (meaning === undefined) throw new Error(`scripts/docs/metrics.ts lacks a meaning of ${name}.`)
  return meaning
}
