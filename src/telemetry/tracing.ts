import type { Span } from '@opentelemetry/api'
import type { Logger } from './logger.js'
import type { RunningTracer } from './open-telemetry.js'
import type { SpanAttributes, TracingOptions } from './tracing-options.js'

export type { SpanAttributes, TracingOptions } from './tracing-options.js'

/** Traces are on from the first {@link startTracing} to the last disposal. In the local stack two programs are one process. */
let running: { readonly tracer: Promise<RunningTracer>; users: number } | undefined
let tracer: RunningTracer | undefined

/** Sends spans to the collector. Without options it does nothing, and loads no library. */
export async function startTracing(options: TracingOptions | undefined, logger: Logger): Promise<AsyncDisposable> {
  if (options === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() }
  running ??= {
    tracer: import('./open-telemetry.js').then((library) => library.openTelemetry(options, logger)),
    users: 0,
  }
  const mine = running
  mine.users += 1
  tracer = await mine.tracer
  return {
    [Symbol.asyncDispose]: async () => {
      mine.users -= 1
      const { flush, stop } = await mine.tracer
      if (mine.users > 0) return flush()
      running = undefined
      tracer = undefined
      await stop()
    },
  }
}

/** What Temporal's client and worker need so that a trace continues in a run; undefined if traces are off. */
export function temporalTracing(): RunningTracer['temporal'] | undefined {
  return tracer?.temporal
}

/** Does the work in a span, which is a child of the span that it is called in. */
export function inSpan<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  if (tracer === undefined) return work()
  const span = tracer.start(name, attributes)
  return tracer.run(span, async () => {
    try {
      return await work()
    } catch (error) {
      fail(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

export interface SpanInProgress {
  end(error?: unknown): void
}

/** Begins a span for something that is no function call. The caller ends it. */
export function beginSpan(name: string, attributes: SpanAttributes): SpanInProgress {
  const span = tracer?.start(name, attributes)
  return {
    end: (error) => {
      if (span && error !== undefined) fail(span, error)
      span?.end()
    },
  }
}

/** Adds attributes to the span of the caller. */
export function describeSpan(attributes: SpanAttributes): void {
  tracer?.describe(attributes)
}

/** The span of a request, from its arrival to its response. */
export interface RequestSpan {
  /** Runs a callback so that its work belongs to the span. */
  run(work: () => void): void
  end(response: { readonly status: number; readonly route: string }): void
}

/** Begins the span of a request. The trace of the caller goes on if the request has the header `traceparent`. */
export function beginRequestSpan(
  method: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): RequestSpan | undefined {
  if (tracer === undefined) return undefined
  const { startRequest, runIn } = tracer
  const { span, context } = startRequest(method, headers)
  return {
    run: (work) => runIn(context, work),
    end: ({ status, route }) => {
      span.updateName(`${method} ${route}`)
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status })
      if (status >= 500) span.setStatus({ code: failed })
      span.end()
    },
  }
}

/** The message may contain anything, so a span has the code or the name of an error only. */
function fail(span: Span, error: unknown): void {
  span.setAttribute('error.type', typeOf(error))
  span.setStatus({ code: failed })
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** `SpanStatusCode.ERROR` of the library, which is not loaded here. */
const failed = 2
