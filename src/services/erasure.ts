import type { ConsoleSessionStore } from '../database/operations/console-session-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { RunStore } from '../database/run-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import { tenantFolder } from '../domain/delivery-path.js'
import { ExportError } from '../domain/errors.js'
import { sftpKeyChanged } from '../domain/events/tenant-events.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { SftpTarget } from '../sftp/sftp.js'
import type { Events } from '../telemetry/events.js'
import { endLostRuns } from './lost-runs.js'
import { removeRegistration } from './registrations/remove-registration.js'
import type { RequireServer } from './server/check-server.js'
import type { ScheduleSync } from './schedule-sync.js'

/** What one call has erased of a tenant. The tenant's audit log keeps it, as TENANT_ERASED. */
export interface Receipt {
  readonly tenantId: string
  readonly erasedAt: string
  /** The version of the removed registration; null if there was none. */
  readonly registrationVersion: number | null
  /** The number of unfinished runs that were ended. */
  readonly runsEnded: number
  readonly files: number
  readonly bytes: number
  readonly sftpKeys: number
}

export interface ErasureDependencies {
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly consoleSessions: Pick<ConsoleSessionStore, 'endOfTenant'>
  readonly schedules: ScheduleSync
  readonly gateway: RunGateway
  readonly sftp: SftpTarget
  readonly requireServer: RequireServer
  readonly events: Events
}

/**
 * Erases a tenant: its console sessions, keys, webhooks, recipients of email, registration and schedule, every file on the
 * server, and the records of fetches. The ledger, the history of the registration and the audit log stay: they hold no rows of
 * entities. If it fails, calling it again continues. Each call has its own entries in the audit log, and its own receipt.
 * @throws ExportError RUN_IN_PROGRESS if a run does not end; what was removed until then stays removed
 */
export async function eraseTenant(deps: ErasureDependencies, actor: Actor, signal: AbortSignal): Promise<Receipt> {
  const { tenantId } = actor
  const registrationVersion = (await deps.registrations.find(tenantId))?.registration.version ?? null
  await deps.consoleSessions.endOfTenant(tenantId)
  const sftpKeys = await begin(deps, actor, registrationVersion)
  await removeRegistration(deps, actor)
  const runsEnded = await endRuns(deps, tenantId)
  await deps.requireServer(tenantId, signal)
  // From here on, no attempt gives an index its final name.
  await deps.transact(tenantId, ({ files }) => files.forgetIndex())
  const removed = await deps.sftp.session(signal, async (session) => {
    const gone = await session.removeAllIn(tenantFolder(tenantId))
    await session.removeIfEmpty(tenantFolder(tenantId))
    return gone
  })
  const erasedAt = new Date().toISOString()
  const receipt = { tenantId, erasedAt, registrationVersion, runsEnded, ...removed, sftpKeys }
  await end(deps, actor, receipt)
  deps.events.tenantErased(receipt)
  return receipt
}

/** Removes what lets the tenant log in, and its settings. If the tenant ever registers again, it begins with full loads. */
function begin({ transact }: ErasureDependencies, actor: Actor, registrationVersion: number | null): Promise<number> {
  return transact(actor.tenantId, async (unit) => {
    const keys = await unit.sftpKeys.list()
    const sftpKeys = await unit.sftpKeys.removeAll()
    await unit.pgpKeys.removeAll()
    await unit.webhooks.removeAll()
    await unit.email.removeAll()
    await unit.retention.setDays(null)
    await unit.grace.setMinutes(null)
    await unit.watermarks.requestFullLoad()
    const after = { state: 'begun', registrationVersion, sftpKeys }
    await unit.audit.keep(auditEntry(actor, 'TENANT_ERASED', { after }))
    await unit.events.keep(...keys.map((key) => sftpKeyChanged(actor, 'sftp_key.removed', key)))
    return sftpKeys
  })
}

function end({ transact }: ErasureDependencies, actor: Actor, receipt: Receipt): Promise<void> {
  return transact(actor.tenantId, async ({ files, fetches, audit }) => {
    await files.recordRemoval()
    await fetches.removeAll()
    await files.forgetIndex()
    await audit.keep(auditEntry(actor, 'TENANT_ERASED', { after: { state: 'done', ...receipt } }))
  })
}

async function endRuns(deps: ErasureDependencies, tenantId: string): Promise<number> {
  const runs = await deps.runs.unfinished(tenantId)
  for (const { workflowId } of runs) await deps.gateway.end(workflowId)
  const [alive] = await endLostRuns(deps, tenantId)
  if (alive) throw new ExportError('RUN_IN_PROGRESS', `Run ${alive.id} of ${tenantId} has not ended. Erase it again.`)
  return runs.length
}
