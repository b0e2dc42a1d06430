import { ExportError } from './errors.js'

/** Synchronized clocks differ by less. */
const toleranceMs = 60_000

/**
 * Refuses a window that ends in the future: its watermark would pass the ends of the next runs, which then have nothing to
 * deliver. A clock that is behind stops no run, because the latest one counts.
 * @param clocks what the clocks of the source and of the worker say
 * @throws WINDOW_IN_FUTURE
 */
export function requirePast(to: Date, clocks: { readonly source: Date; readonly worker: Date }): void {
  const { source, worker } = clocks
  if (to.getTime() <= Math.max(source.getTime(), worker.getTime()) + toleranceMs) return
  throw new ExportError(
    'WINDOW_IN_FUTURE',
    `The run's windows end at ${to.toISOString()}, but it is ${source.toISOString()} by the source's clock and ` +
      `${worker.toISOString()} by the worker's clock. Correct the clock of Temporal, or of the API for a requested run.`,
  )
}
