import { metricDefinitions } from '../../src/telemetry/metrics.js'
import { code, inCell, madeFrom, table } from './markdown.js'

const source = 'src/telemetry/metrics.ts'

export function metricsPage(): string {
  const rows = Object.entries(metricDefinitions).map(([name, { kind, labels, help }]) => [
    code(name),
    kind,
    Object.keys(labels).map(code).join(', '),
    inCell(help),
  ])
  const measured = Object.entries(metricDefinitions).flatMap(([name, definition]) =>
    'buckets' in definition ? [`- ${code(name)}: ${definition.buckets.join(', ')}`] : [],
  )
  return `# Metrics

${madeFrom(`[${source}](../../${source})`)}

The API and each worker answer Prometheus at \`http://METRICS_ADDRESS/metrics\` ([configuration](configuration.md)). Without
\`METRICS_ADDRESS\` there are no metrics. In compose the address is \`127.0.0.1:9464\`, which only the container itself can reach. It is never the
port of the API. [Watch](../how-to/watch.md) has the configuration of Prometheus, the rules for alerts, and a dashboard.

## Metrics of Tidemark

Names end with the unit: \`_seconds\`, \`_bytes\`, and \`_total\` for counters. No metric has the tenant as a label, because there may be
thousands of tenants. Counters whose labels are known begin at 0, so that \`increase\` sees the first event.

${table(['metric', 'kind', 'labels', 'meaning'], rows)}

The numbers of all tenants (overdue tenants, unpublished windows, incidents, registrations, outbox, processes) come from
Tidemark's database. Every process reads them itself and keeps them for 15 seconds, so take the maximum over all processes.

The buckets of the histograms, in seconds:

${measured.join('\n')}

## Metrics of Node.js

The same address has the [default metrics of prom-client](https://github.com/siimon/prom-client#default-metrics), such as
\`nodejs_eventloop_lag_p99_seconds\`, \`process_resident_memory_bytes\` and \`process_cpu_seconds_total\`.

## Metrics of Temporal's SDK

A worker adds the [metrics of Temporal's SDK](https://docs.temporal.io/references/sdk-metrics). Their names have the units and
suffixes that the dashboards of Temporal expect: seconds, and \`_total\` for counters. These are worth a graph:

| metric | what it shows |
| --- | --- |
| \`temporal_num_pollers\` | Whether the worker asks for tasks. The image's health check reads it. |
| \`temporal_worker_task_slots_available\` | Free slots. If it stays at 0 during a midnight, add workers or raise \`WORKER_CONCURRENCY\`. |
| \`temporal_activity_schedule_to_start_latency_seconds\` | How long tasks wait for a slot. |
| \`temporal_activity_execution_failed_total\` | Failed attempts. \`tidemark_attempts_failed_total\` has their codes. |
| \`temporal_workflow_failed_total\` | By \`workflow_type\`: \`exportRun\` are runs that did not publish everything, \`removeOldFiles\` are nights on which old files could not be removed. |
`
}
