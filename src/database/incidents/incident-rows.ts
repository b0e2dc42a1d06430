import type { Incident, IncidentAffected, IncidentCode, IncidentExtent } from '../../domain/incident.js'
import type { LastNotification } from '../../domain/incident-notification.js'
import type { IncidentAffectedModel, IncidentModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'

/** An incident, and what operators were last notified of. */
export interface StoredIncident extends Incident {
  readonly notified: LastNotification | null
}

/** The incidents in the order of the rows. */
export async function incidentsOf(transaction: Transaction, rows: readonly IncidentModel[]): Promise<StoredIncident[]> {
  const extents = await extentsOf(
    transaction,
    rows.map(({ id }) => id),
  )
  return rows.map(({ code, notified, ...row }) => ({
    ...row,
    code: code as IncidentCode,
    notified: notified === null ? null : lastNotification(notified as unknown as StoredLast),
    extent: extents.get(row.id) ?? noExtent,
  }))
}

type StoredLast = Omit<LastNotification, 'at'> & { readonly at: string }

function lastNotification({ at, ...counts }: StoredLast): LastNotification {
  return { ...counts, at: new Date(at) }
}

/** Before anything is affected. */
const noExtent: IncidentExtent = {
  tenants: 0,
  firstTenants: [],
  files: 0,
  oldestWindow: null,
  failedRuns: 0,
  latest: { message: '', tenantId: null, entity: null, runId: null, workflowId: null, attempts: 0 },
}

type ExtentRow = Omit<IncidentExtent, 'latest'> & IncidentExtent['latest'] & { readonly id: string }

/** Of an open incident what is affected now, of a resolved one all that was. */
async function extentsOf(transaction: Transaction, ids: readonly string[]): Promise<Map<string, IncidentExtent>> {
  if (ids.length === 0) return new Map()
  const rows = await transaction.$queryRaw<ExtentRow[]>`
    SELECT i.id::text AS id, counts.*, latest.*
    FROM incident i
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT a.tenant_id)::int AS "tenants",
        array(
          SELECT DISTINCT f.tenant_id FROM incident_affected f
          WHERE f.incident_id = i.id AND f.tenant_id IS NOT NULL AND (f.ended_at IS NULL OR i.resolved_at IS NOT NULL)
          ORDER BY 1 LIMIT 5) AS "firstTenants",
        (count(DISTINCT (a.tenant_id, a.entity)) FILTER (
          WHERE a.tenant_id IS NOT NULL AND a.entity IS NOT NULL AND a.kind = 'FAILURE'
            AND i.code <> 'FILE_UNUSUALLY_EMPTY'))::int AS "files",
        min(a.since) AS "oldestWindow",
        (count(DISTINCT a.run_id) FILTER (WHERE a.is_final))::int AS "failedRuns"
      FROM incident_affected a
      WHERE a.incident_id = i.id AND (a.ended_at IS NULL OR i.resolved_at IS NOT NULL)
    ) counts
    JOIN LATERAL (
      SELECT l.message AS "message", l.tenant_id AS "tenantId", l.entity AS "entity", l.run_id AS "runId",
        l.workflow_id AS "workflowId", l.attempts AS "attempts"
      FROM incident_affected l WHERE l.incident_id = i.id
      ORDER BY l.ended_at IS NULL DESC, l.last_seen_at DESC, l.id LIMIT 1
    ) latest ON true
    WHERE i.id = ANY(${ids}::uuid[])`
  return new Map(rows.map(({ id, ...row }) => [id, extentFromRow(row)]))
}

function extentFromRow(row: Omit<ExtentRow, 'id'>): IncidentExtent {
  const { tenants, firstTenants, files, oldestWindow, failedRuns, ...latest } = row
  return { tenants, firstTenants, files, oldestWindow, failedRuns, latest }
}

export function affectedFromRow(row: IncidentAffectedModel): IncidentAffected {
  const { tenantId, entity, runId, workflowId, since, firstSeenAt, lastSeenAt } = row
  const { attempts, isFinal, message, endedAt } = row
  return { tenantId, entity, runId, workflowId, since, firstSeenAt, lastSeenAt, attempts, isFinal, message, endedAt }
}
