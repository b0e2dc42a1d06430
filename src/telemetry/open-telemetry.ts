import {
  context,
  type Context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { Resource } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js'
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker/index.js'
import { within } from '../domain/within.js'
import type { Logger } from './logger.js'
import { onlyPermittedAttributes } from './span-attributes.js'
import { readTraceIdsWith } from './trace-id.js'
import type { SpanAttributes, TracingOptions } from './tracing-options.js'

/** How long the last spans of a process may take. */
const stopMs = 3_000

export type RunningTracer = ReturnType<typeof openTelemetry>

/** Only telemetry/tracing.ts imports this file, and only if traces are on. */
export function openTelemetry({ endpoint, headers, serviceName }: TracingOptions, logger: Logger) {
  diag.setLogger(diagnostics(logger), DiagLogLevel.WARN)
  const resource = Resource.default().merge(new Resource({ 'service.name': serviceName }))
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, headers: { ...headers } })
  const processor = withPermittedAttributes(new BatchSpanProcessor(exporter))
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] })
  provider.register()
  const tracer = trace.getTracer('tidemark')
  readTraceIdsWith(() => trace.getActiveSpan()?.spanContext().traceId)
  return {
    start: (name: string, attributes: SpanAttributes): Span =>
      tracer.startSpan(name, { attributes: given(attributes) }),
    run: <T>(span: Span, work: () => T): T => context.with(trace.setSpan(context.active(), span), work),
    runIn: (where: Context, work: () => void): void => context.with(where, work),
    describe: (attributes: SpanAttributes): void => void trace.getActiveSpan()?.setAttributes(given(attributes)),
    startRequest: (method: string, { traceparent, tracestate }: Readonly<Record<string, unknown>>) => {
      // Without the header `baggage`, whose text would go on to Temporal's histories.
      const parent = propagation.extract(ROOT_CONTEXT, { traceparent, tracestate })
      const attributes = { 'http.request.method': method }
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent)
      return { span, context: trace.setSpan(parent, span) }
    },
    temporal: {
      client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
      activity: (...args: ConstructorParameters<typeof OpenTelemetryActivityInboundInterceptor>) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(args[0]),
      }),
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
    },
    flush: () => endedSoon(provider.forceFlush()),
    stop: async () => {
      readTraceIdsWith(() => undefined)
      await endedSoon(provider.shutdown())
      for (const part of [trace, context, propagation, diag]) part.disable()
    },
  }
}

function withPermittedAttributes(inner: SpanProcessor): SpanProcessor {
  return {
    onStart: (span, parent) => inner.onStart(span, parent),
    onEnd: (span: ReadableSpan) => inner.onEnd(onlyPermittedAttributes(span)),
    forceFlush: () => inner.forceFlush(),
    shutdown: () => inner.shutdown(),
  }
}

/** A collector that is away must not hold up the end of a process. The library has logged why. */
async function endedSoon(work: Promise<void>): Promise<void> {
  await within(
    stopMs,
    work.catch(() => undefined),
  )
}

function diagnostics(logger: Logger) {
  const warn = (problem: string): void => logger.warn({ problem }, 'traces could not be sent to the collector')
  const nothing = (): void => undefined
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing }
}

/** Without attributes that are undefined. */
function given(attributes: SpanAttributes) {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? [...(value as readonly string[])] : (value as string)]],
    ),
  )
}
