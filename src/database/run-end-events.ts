import { isoDay } from '../domain/delivery-path.js'
import { type EventFile, eventsOfFiles } from '../domain/events/file-events.js'
import { eventsOfEnd, type Trouble } from '../domain/events/run-events.js'
import type { EntityWindow } from '../domain/publication.js'
import type { Run, RunScope } from '../domain/run.js'
import type { RunModel } from '../generated/prisma/models.js'
import type { Transaction } from './client.js'
import { keepEvents } from './unit-of-work/tenant-events.js'

/** Keeps the events of a run's end, in the transaction that records the end. `row` is the run as it is recorded. */
export async function keepEndEvents(
  transaction: Transaction,
  run: Run,
  row: Pick<RunModel, 'day' | 'scope'>,
): Promise<void> {
  const known = await readEnd(transaction, run)
  const requestedEntities = (row.scope as RunScope | null)?.entities ?? null
  const day = row.day && isoDay(row.day)
  await keepEvents(transaction, run.tenantId, eventsOfEnd({ run, day, requestedEntities, ...known }))
}

/**
 * Keeps the events of files that were found complete after the end of their run, in the transaction that records the files. The
 * manifest of their day is written afterwards.
 */
export async function keepLateFiles(transaction: Transaction, windows: readonly EntityWindow[]): Promise<void> {
  const [first] = windows
  if (!first) return
  const { runId: id, tenantId } = first
  const { trigger, day } = await transaction.run.findUniqueOrThrow({
    where: { id },
    select: { trigger: true, day: true },
  })
  const { files } = await readEnd(transaction, { id, tenantId })
  const late = files.filter((file) =>
    windows.some(({ entity, to }) => entity === file.entity && to.toISOString() === file.to),
  )
  const published = {
    runId: id,
    trigger,
    day: day && isoDay(day),
    manifest: null,
    completedAfterEnd: true,
    files: late,
  }
  await keepEvents(transaction, tenantId, eventsOfFiles(published))
}

/** One statement: what the run has published, and the troubles since the last recovery, oldest first. */
async function readEnd(
  transaction: Transaction,
  { id, tenantId }: Pick<Run, 'id' | 'tenantId'>,
): Promise<{ files: EventFile[]; troubles: Trouble[] }> {
  const [found] = await transaction.$queryRaw<{ files: EventFile[] | null; troubles: Trouble[] | null }[]>`
    SELECT
      (SELECT json_agg(f ORDER BY f.entity, f."to") FROM (
        SELECT entity, mode, full_load_reason AS "fullLoadReason", "from", "to", day, sequence, revision,
          schema_version AS "schemaVersion", rows, bytes, coalesce(
            (SELECT json_agg(p.value->>'path' ORDER BY p.place) FROM jsonb_array_elements(parts)
              WITH ORDINALITY AS p(value, place)), json_build_array(path)) AS paths, sha256
        FROM delivery WHERE run_id = ${id}::uuid AND published_at IS NOT NULL) AS f) AS files,
      (SELECT json_agg(json_build_object('type', e.type, 'at', e.at, 'trigger', e.data->>'trigger',
          'status', e.data->>'status', 'entities', e.data->'entities') ORDER BY e.number)
        FROM event AS e
        WHERE e.tenant_id = ${tenantId} AND e.type IN ('export.failed', 'export.overdue') AND e.number > coalesce(
          (SELECT max(r.number) FROM event AS r WHERE r.tenant_id = ${tenantId} AND r.type = 'export.recovered'), 0)
      ) AS troubles`
  const iso = (time: string): string => new Date(time).toISOString()
  return {
    files: (found?.files ?? []).map((file) => ({ ...file, from: file.from && iso(file.from), to: iso(file.to) })),
    troubles: (found?.troubles ?? []).map((trouble) => ({ ...trouble, at: iso(trouble.at) })),
  }
}
