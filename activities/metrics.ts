import type { RunStep } from '../src/domain/run-step.js'
import type { Metrics } from '../src/telemetry/metrics.js'
import { beginSpan, inSpan, type SpanInProgress } from '../src/telemetry/tracing.js'
import type { ActivityDependencies } from './dependencies.js'

/** Does some work and records how long it held a transaction of the source, in seconds, also if the work fails. */
export async function recordingTransaction<T>(metrics: Metrics, entity: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  try {
    return await inSpan('source transaction', { entity }, work)
  } finally {
    metrics.observe('tidemark_source_transaction_seconds', { entity }, secondsSince(began))
  }
}

/**
 * Does the work of one activity and records how long each of its steps took: until the next step, or until the end. The same
 * step for several files is one step. A trace has a span for each step.
 */
export async function measuringSteps<T>(
  deps: ActivityDependencies,
  work: (deps: ActivityDependencies) => Promise<T>,
): Promise<T> {
  let current: { readonly step: RunStep; readonly began: number; readonly span: SpanInProgress } | undefined
  const end = (error?: unknown): void => {
    if (!current) return
    deps.metrics.observe('tidemark_step_seconds', { step: current.step }, secondsSince(current.began))
    current.span.end(error)
    current = undefined
  }
  const onStep: ActivityDependencies['onStep'] = (step, subject) => {
    if (current?.step !== step) {
      end()
      const span = beginSpan(`step ${step}`, { ...subject, step })
      current = { step, began: performance.now(), span }
    }
    return deps.onStep(step, subject)
  }
  try {
    return await work({ ...deps, onStep })
  } catch (error) {
    end(error)
    throw error
  } finally {
    end()
  }
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000
