import type { AffectedKind, IncidentCode, ReportedFailure } from '../../domain/incident.js'
import type { Transaction } from '../client.js'

/** What names an incident while it is open. */
export interface IncidentKey {
  readonly code: IncidentCode
  readonly subject: string
}

/** What was seen of one tenant or entity. */
export interface Sighting extends Omit<ReportedFailure, 'code'> {
  readonly kind: AffectedKind
  readonly at: Date
}

/** Opens the incident unless it is open, locks it until the transaction ends, and returns its id. */
export async function openIncident(
  transaction: Transaction,
  { code, subject }: IncidentKey,
  now: Date,
): Promise<string> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    INSERT INTO incident AS i (id, code, subject, opened_at, last_seen_at)
    VALUES (gen_random_uuid(), ${code}, ${subject}, ${now}, ${now})
    ON CONFLICT (code, subject) WHERE resolved_at IS NULL
    DO UPDATE SET last_seen_at = greatest(i.last_seen_at, excluded.last_seen_at)
    RETURNING i.id::text AS id`
  const [row] = rows
  if (!row) throw new Error('an incident has no row')
  return row.id
}

/** Adds what was seen to the rows of the incident, which is locked. */
export async function addSightings(
  transaction: Transaction,
  incidentId: string,
  sightings: readonly Sighting[],
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO incident_affected AS a (incident_id, kind, tenant_id, entity, run_id, workflow_id, since, first_seen_at,
      last_seen_at, attempts, is_final, message)
    SELECT ${incidentId}::uuid, s."kind", s."tenantId", s."entity", s."runId", s."workflowId", s."since", s."at", s."at",
      coalesce(s."attempt", 0), s."isFinal", s."message"
    FROM jsonb_to_recordset(${JSON.stringify(merged(sightings))}::jsonb) AS s("kind" text, "tenantId" text, "entity" text,
      "runId" text, "workflowId" text, "since" timestamptz, "at" timestamptz, "attempt" integer, "isFinal" boolean,
      "message" text)
    ON CONFLICT (incident_id, kind, (coalesce(tenant_id, '')), (coalesce(entity, ''))) DO UPDATE SET
      run_id = excluded.run_id,
      workflow_id = excluded.workflow_id,
      since = CASE WHEN a.ended_at IS NULL THEN least(a.since, excluded.since) ELSE excluded.since END,
      first_seen_at = CASE WHEN a.ended_at IS NULL THEN a.first_seen_at ELSE excluded.first_seen_at END,
      last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at),
      attempts = CASE WHEN a.run_id IS NOT DISTINCT FROM excluded.run_id
        THEN greatest(a.attempts, excluded.attempts) ELSE excluded.attempts END,
      is_final = excluded.is_final OR (a.is_final AND a.run_id IS NOT DISTINCT FROM excluded.run_id),
      message = excluded.message,
      ended_at = NULL`
}

/** One for each tenant and entity, because a statement can't change a row twice. The later one counts. */
function merged(sightings: readonly Sighting[]): Sighting[] {
  const byRow = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const key = JSON.stringify([sighting.kind, sighting.tenantId, sighting.entity])
    const before = byRow.get(key)
    byRow.set(key, before ? mergedPair(before, sighting) : sighting)
  }
  return [...byRow.values()]
}

function mergedPair(before: Sighting, after: Sighting): Sighting {
  const isSameRun = before.runId === after.runId
  const attempt = isSameRun ? Math.max(before.attempt ?? 0, after.attempt ?? 0) : after.attempt
  // Several observations without a tenant, such as those of two processes, share a row.
  const isListed = after.kind === 'OBSERVED' && before.message !== after.message
  const message = isListed ? `${before.message} ${after.message}` : after.message
  return { ...after, attempt, message, isFinal: after.isFinal || (isSameRun && before.isFinal) }
}

/** Ends the observed rows of an incident that are not among these. */
export async function endUnobserved(
  transaction: Transaction,
  incidentId: string,
  observed: readonly Pick<Sighting, 'tenantId' | 'entity'>[],
  at: Date,
): Promise<void> {
  const kept = JSON.stringify(observed.map(({ tenantId, entity }) => ({ tenantId, entity })))
  await transaction.$executeRaw`
    UPDATE incident_affected AS a SET ended_at = ${at}
    WHERE a.incident_id = ${incidentId}::uuid AND a.kind = 'OBSERVED' AND a.ended_at IS NULL AND NOT EXISTS (
      SELECT FROM jsonb_to_recordset(${kept}::jsonb) AS s("tenantId" text, "entity" text)
      -- Postgres can hash this, and not IS NOT DISTINCT FROM: thousands of tenants may be affected.
      WHERE coalesce(s."tenantId", '') = coalesce(a.tenant_id, '') AND coalesce(s."entity", '') = coalesce(a.entity, ''))`
}

/** Resolves those of these incidents, which are locked, that affect nothing any more. */
export async function resolveEnded(transaction: Transaction, ids: readonly string[], at: Date): Promise<void> {
  await transaction.$executeRaw`
    UPDATE incident AS i SET resolved_at = ${at}
    WHERE i.id = ANY(${ids}::uuid[]) AND i.resolved_at IS NULL AND NOT EXISTS (
      SELECT FROM incident_affected a WHERE a.incident_id = i.id AND a.ended_at IS NULL)`
}
