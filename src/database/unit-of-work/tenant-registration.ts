import type { Registration } from '../../domain/registration.js'
import type { Transaction } from '../client.js'
import {
  type FoundRegistration,
  registrationQuery,
  storedFromRow,
  type StoredRegistration,
} from '../registration-query.js'
import { entityToRow, registrationToJson, registrationToRow } from '../registration-rows.js'
import { claimTenantName } from '../tenant-names.js'

export type { StoredRegistration } from '../registration-query.js'

/** The registration of the transaction's tenant. */
export interface TenantRegistration {
  find(): Promise<StoredRegistration | undefined>
  /**
   * Writes `next` in place of `before`, which was read in this transaction, and adds the change to the history. Without
   * `before`, it claims the tenant's name first.
   * @throws InvalidTenantError
   */
  replace(before: StoredRegistration | undefined, next: Registration): Promise<StoredRegistration>
  /** Writes since when the export is paused; null ends the pause. The schedule is pending afterwards. */
  setPaused(before: StoredRegistration, pausedAt: Date | null): Promise<StoredRegistration>
  /** Removes the registration. Its history, runs and deliveries stay. */
  remove(): Promise<void>
  /**
   * Records that the schedule matches `applied`. Returns false, and records nothing, if the registration has changed since
   * `applied` was read.
   */
  recordSchedule(applied: StoredRegistration): Promise<boolean>
  /** Records why the schedule could not be made to match. The schedule is pending afterwards. */
  recordScheduleError(message: string): Promise<void>
}

export function tenantRegistration(transaction: Transaction, tenantId: string): TenantRegistration {
  return {
    find: async () => {
      const rows = await transaction.$queryRawUnsafe<FoundRegistration[]>(registrationQuery)
      return rows.map(storedFromRow)[0]
    },
    replace: async (before, next) => {
      if (!before) await claimTenantName(transaction, tenantId)
      await write(transaction, next, frequencyChange(before?.registration, next))
      await keepChange(transaction, before?.registration, next)
      return { ...(before ?? notScheduled), registration: next }
    },
    setPaused: async (before, pausedAt) => {
      const paused = { pausedAt, scheduledVersion: null }
      // Boundaries during the pause are not expected.
      const resumed = before.pausedAt !== null && pausedAt === null ? { dueAfter: new Date() } : {}
      await transaction.registration.updateMany({ where: { tenantId }, data: { ...paused, ...resumed } })
      return { ...before, ...paused }
    },
    remove: async () => {
      await transaction.registration.deleteMany({ where: { tenantId } })
    },
    recordSchedule: async ({ registration: { version, updatedAt }, pausedAt }) => {
      const { count } = await transaction.registration.updateMany({
        // A tenant that is removed and registers again begins at version 1 again.
        where: { tenantId, version, updatedAt, pausedAt },
        data: { scheduledVersion: version, scheduleError: null },
      })
      return count === 1
    },
    recordScheduleError: async (scheduleError) => {
      const data = { scheduledVersion: null, scheduleError }
      await transaction.registration.updateMany({ where: { tenantId }, data })
    },
  }
}

const notScheduled = { pausedAt: null, scheduledVersion: null, scheduleError: null }

/** Boundaries of the new frequency that lie before the change are not expected. */
function frequencyChange(before: Registration | undefined, next: Registration): { dueAfter?: Date } {
  return before && before.frequency !== next.frequency ? { dueAfter: next.updatedAt } : {}
}

async function write(
  transaction: Transaction,
  registration: Registration,
  change: { readonly dueAfter?: Date },
): Promise<void> {
  const { tenantId } = registration
  const row = { ...registrationToRow(registration), ...change }
  await transaction.registration.upsert({ where: { tenantId }, create: row, update: row })
  await transaction.registeredEntity.deleteMany({ where: { tenantId } })
  await transaction.registeredEntity.createMany({
    data: registration.entities.map((entity) => entityToRow(tenantId, entity)),
  })
}

async function keepChange(
  transaction: Transaction,
  before: Registration | undefined,
  after: Registration,
): Promise<void> {
  await transaction.registrationChange.create({
    data: {
      tenantId: after.tenantId,
      version: after.version,
      changedBy: after.updatedBy,
      changedAt: after.updatedAt,
      ...(before && { before: registrationToJson(before) }),
      after: registrationToJson(after),
    },
  })
}
