import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Logger } from './logger.js'
import { type GaugeName, type Metrics, metricDefinitions, type Sample } from './metrics.js'

/** Metrics in the text format of Prometheus. Only compose/metrics.ts imports this file, and only if METRICS_ADDRESS is set. */
export interface PrometheusMetrics extends Omit<Metrics, typeof Symbol.asyncDispose> {
  /** All metrics now. A part that cannot be read is missing, and is counted and logged. */
  text(): Promise<string>
  readonly contentType: string
}

export function createPrometheusMetrics(logger: Logger): PrometheusMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { counters, gauges, histograms } = register(registry)
  const readers: { part: string; read: () => readonly Sample[] | Promise<readonly Sample[]> }[] = []
  const exporters: { part: string; read: () => Promise<string> }[] = []

  /** What was read, or `missing`. */
  const readPart = async <T>(part: string, read: () => T | Promise<T>, missing: T): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      counters.get('tidemark_metrics_failures_total')?.inc({ part })
      logger.warn({ target: part, err: error }, 'a part of the metrics could not be read')
      return missing
    }
  }
  const collect = async (): Promise<string> => {
    const [samples, texts] = await Promise.all([
      Promise.all(readers.map(({ part, read }) => readPart<readonly Sample[]>(part, read, []))),
      Promise.all(exporters.map(({ part, read }) => readPart(part, read, ''))),
    ])
    for (const [name, gauge] of gauges) clear(name, gauge)
    for (const [name, labels, value] of samples.flat()) gauges.get(name)?.inc(labels, value)
    return [await registry.metrics(), ...texts.filter((text) => text !== '')].join('')
  }
  let underWay: Promise<string> | undefined
  return {
    add: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    watch: (part, read) => void readers.push({ part, read }),
    watchOnce: (part, read) => {
      if (!readers.some((reader) => reader.part === part)) readers.push({ part, read })
    },
    append: (part, read) => void exporters.push({ part, read }),
    text: () =>
      (underWay ??= collect().finally(() => {
        underWay = undefined
      })),
    contentType: registry.contentType,
  }
}

/** A gauge that nothing has read is missing from the answer. Without labels, `reset` alone would leave a 0. */
function clear(name: GaugeName, gauge: Gauge): void {
  gauge.reset()
  if (Object.keys(metricDefinitions[name].labels).length === 0) gauge.remove()
}

function register(registry: Registry) {
  const counters = new Map<string, Counter>()
  const gauges = new Map<GaugeName, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, definition] of Object.entries(metricDefinitions)) {
    const common = { name, help: definition.help, labelNames: Object.keys(definition.labels), registers: [registry] }
    if (definition.kind === 'gauge') gauges.set(name as GaugeName, new Gauge(common))
    else if (definition.kind === 'histogram') {
      histograms.set(name, new Histogram({ ...common, buckets: [...definition.buckets] }))
    } else {
      const counter = new Counter(common)
      // `increase` does not see the first event of a counter that appears with it.
      for (const labels of combinations(definition.labels)) counter.inc(labels, 0)
      counters.set(name, counter)
    }
  }
  return { counters, gauges, histograms }
}

/** All combinations of the labels' values; none if the values of a label are not known. */
function combinations(labels: Readonly<Record<string, readonly string[] | null>>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (found, [label, values]) => (values ?? []).flatMap((value) => found.map((each) => ({ ...each, [label]: value }))),
    [{}],
  )
}
