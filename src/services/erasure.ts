import type { RegistrationStore } from '../database/registration-store.js'
import type { RetentionStore } from '../database/retention-store.js'
import type { RunStore } from '../database/run-store.js'
import type { Actor } from '../domain/actor.js'
import { tenantFolder } from '../domain/delivery-path.js'
import { ExportError } from '../domain/errors.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { SftpTarget } from '../sftp/sftp.js'
import type { Events } from '../telemetry/events.js'
import { endLostRuns } from './lost-runs.js'
import type { ScheduleSync } from './schedule-sync.js'

/** What was erased of a tenant, at one time. It is kept in the tenant's audit log, as TENANT_ERASED. */
export interface Receipt {
  readonly tenantId: string
  readonly erasedAt: string
  /** The version of the registration that was removed; null where there was none any more. */
  readonly registrationVersion: number | null
  /** Runs that were under way and were ended. */
  readonly runsEnded: number
  readonly files: number
  readonly bytes: number
  readonly sftpKeys: number
}

export interface ErasureDependencies {
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly retention: RetentionStore
  readonly schedules: ScheduleSync
  readonly gateway: RunGateway
  readonly sftp: SftpTarget
  readonly events: Events
}

/**
 * Erases a tenant: its keys, its registration and schedule, every file on the server. The ledger, the history of the
 * registration and the audit log stay, which hold no rows. Told again, it goes on where it was stopped; each time has its
 * own lines in the audit log, since a receipt has only what that time removed.
 * @throws ExportError RUN_IN_PROGRESS where a run does not end; what was removed until then stays removed
 */
export async function eraseTenant(deps: ErasureDependencies, actor: Actor, signal: AbortSignal): Promise<Receipt> {
  const { tenantId } = actor
  const registrationVersion = (await deps.registrations.find(tenantId))?.registration.version ?? null
  const sftpKeys = await deps.retention.beginErasure(actor, registrationVersion)
  await deps.schedules.removeRegistration(actor)
  const runsEnded = await endRuns(deps, tenantId)
  const removed = await deps.sftp.session(signal, async (session) => {
    const gone = await session.removeAllIn(tenantFolder(tenantId))
    await session.removeIfEmpty(tenantFolder(tenantId))
    return gone
  })
  const erasedAt = new Date().toISOString()
  const receipt = { tenantId, erasedAt, registrationVersion, runsEnded, ...removed, sftpKeys }
  await deps.retention.endErasure(actor, receipt)
  deps.events.tenantErased(receipt)
  return receipt
}

async function endRuns(deps: ErasureDependencies, tenantId: string): Promise<number> {
  const runs = await deps.runs.unfinished(tenantId)
  for (const { workflowId } of runs) await deps.gateway.end(workflowId)
  const [alive] = await endLostRuns(deps, tenantId)
  if (alive) throw new ExportError('RUN_IN_PROGRESS', `Run ${alive.id} of ${tenantId} has not ended. Erase it again.`)
  return runs.length
}
