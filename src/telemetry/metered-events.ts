import { asExportError } from '../domain/errors.js'
import type { Events } from './events.js'
import type { Metrics } from './metrics.js'

/** The same events, which are also counted. */
export function meteredEvents(events: Events, metrics: Metrics): Events {
  return {
    ...events,
    runFinished: (run) => {
      events.runFinished(run)
      metrics.add('tidemark_runs_total', { status: run.status, trigger: run.trigger })
    },
    entityPublished: (window, file, seconds) => {
      events.entityPublished(window, file, seconds)
      const labels = { entity: window.entity }
      metrics.add('tidemark_published_files_total', labels)
      metrics.add('tidemark_published_rows_total', labels, file.rows)
      metrics.add('tidemark_published_bytes_total', labels, file.bytes)
    },
    attemptFailed: (about, attempt, error) => {
      events.attemptFailed(about, attempt, error)
      metrics.add('tidemark_attempts_failed_total', { code: asExportError(error).code })
    },
  }
}
