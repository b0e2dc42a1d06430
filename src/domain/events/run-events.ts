import type { NewEvent } from '../event.js'
import type { Run, RunEntity } from '../run.js'
import { withError } from '../run.js'
import { runForTenant } from '../tenant-messages.js'
import { type EventFile, eventsOfFiles } from './file-events.js'

/** An event that says that files are missing, and that no `export.recovered` follows yet. */
export interface Trouble {
  readonly type: 'export.failed' | 'export.overdue'
  /** ISO 8601. */
  readonly at: string
  /** Of the run that failed; null for overdue files. */
  readonly trigger: string | null
  readonly status: string | null
  readonly entities: readonly { readonly entity: string }[]
}

/** A run at its end, with what the ledger and the outbox have of its tenant. */
export interface EndedRun {
  readonly run: Run
  readonly day: string | null
  /** The entities that the run was requested for; null if it is for all active ones. */
  readonly requestedEntities: readonly string[] | null
  /** What it has published. */
  readonly files: readonly EventFile[]
  /** Oldest first. */
  readonly troubles: readonly Trouble[]
}

/** The events of the end of a run, in their order. The end of a run is recorded once, so each event is kept once. */
export function eventsOfEnd(ended: EndedRun): NewEvent[] {
  const { run, day, files } = ended
  const published = {
    runId: run.id,
    trigger: run.trigger,
    day,
    manifest: run.manifestPath,
    completedAfterEnd: false,
    files,
  }
  return [...eventsOfFiles(published), ...failed(run), ...recovered(ended)]
}

/** With the codes and messages that the tenant may see. */
function failed(run: Run): NewEvent[] {
  if (run.status !== 'FAILED' && run.status !== 'PARTIALLY_FAILED') return []
  const { id: runId, trigger, status, to, error, entities } = runForTenant(withError(run))
  const data = {
    ...{ runId, trigger, status, to: to.toISOString() },
    ...{ code: error?.code ?? null, message: error?.message ?? null },
    entities: entities.filter(isUnpublished).map((each) => ({
      entity: each.entity,
      code: each.error?.code ?? null,
      message: each.error?.message ?? null,
      from: each.from?.toISOString() ?? null,
      to: each.to.toISOString(),
    })),
  }
  return [{ type: 'export.failed', key: `export.failed:${runId}`, data }]
}

function isUnpublished({ status }: RunEntity): boolean {
  return status !== 'PUBLISHED' && status !== 'SKIPPED'
}

function recovered({ run, requestedEntities, troubles }: EndedRun): NewEvent[] {
  if (run.status !== 'SUCCEEDED' || run.trigger === 'REDELIVERY') return []
  const open = troubles.filter(({ trigger }) => trigger !== 'REDELIVERY')
  const [first] = open
  if (!first || !isCovered(open, requestedEntities)) return []
  const data = { runId: run.id, trigger: run.trigger, to: run.to.toISOString(), since: first.at }
  return [{ type: 'export.recovered', key: `export.recovered:${run.id}`, data }]
}

/** Whether a run that has succeeded has exported all that was missing. */
function isCovered(troubles: readonly Trouble[], requestedEntities: readonly string[] | null): boolean {
  if (requestedEntities === null) return true
  return troubles.every(({ status, entities }) => {
    // The run was not even planned: everything is missing. After a partial failure without entities, only the manifest is.
    if (entities.length === 0) return status === 'PARTIALLY_FAILED'
    return entities.every(({ entity }) => requestedEntities.includes(entity))
  })
}

/** The files of a boundary that are missing after the grace. */
export interface OverdueFiles {
  readonly dueAt: Date
  /** The boundary plus the grace. */
  readonly expectedBy: Date
  /** The entities without a file up to the boundary, with the ends of their last windows. */
  readonly entities: readonly { readonly entity: string; readonly coveredUntil: Date | null }[]
}

/** One event for each boundary. */
export function exportOverdue({ dueAt, expectedBy, entities }: OverdueFiles): NewEvent {
  const data = {
    dueAt: dueAt.toISOString(),
    expectedBy: expectedBy.toISOString(),
    entities: entities.map(({ entity, coveredUntil }) => ({
      entity,
      coveredUntil: coveredUntil?.toISOString() ?? null,
    })),
  }
  return { type: 'export.overdue', key: overdueKey(dueAt), data }
}

export function overdueKey(dueAt: Date): string {
  return `export.overdue:${dueAt.toISOString()}`
}
