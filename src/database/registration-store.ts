import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import type { Registration } from '../domain/registration.js'
import { Prisma } from '../generated/prisma/client.js'
import { keepAudit } from './audit-store.js'
import { claimTenantName } from './tenant-names.js'
import { withTypedErrors } from './errors.js'
import type { Database, Transaction } from './client.js'
import {
  entityToRow,
  registrationFromJson,
  registrationFromRow,
  registrationToJson,
  registrationToRow,
} from './registration-rows.js'

/** A registration together with how far its Temporal schedule follows it. */
export interface StoredRegistration {
  readonly registration: Registration
  /** Since when the tenant has paused its export; null where it has not. */
  readonly pausedAt: Date | null
  /** The version that the schedule was last made to match; null where there is no schedule yet. */
  readonly scheduledVersion: number | null
  readonly scheduleError: string | null
}

/** What became of a registration that was to be replaced. */
export interface ReplacedRegistration {
  /** The registration as it is afterwards; undefined where there is none. */
  readonly stored: StoredRegistration | undefined
  readonly changed: boolean
}

export interface StoredChange {
  readonly version: number
  readonly changedBy: string
  readonly changedAt: Date
  readonly before: Registration | null
  readonly after: Registration
}

export interface RegistrationStore {
  find(tenantId: string): Promise<StoredRegistration | undefined>
  /**
   * Replaces the registration by what `decide` makes of the current one, and keeps the change. Where `decide` gives
   * undefined, nothing is written. One call at a time for each tenant. The audit log has each change.
   */
  replace(
    actor: Actor,
    decide: (current: Registration | undefined) => Registration | undefined,
  ): Promise<ReplacedRegistration>
  /**
   * Pauses the export, or ends its pause, and leaves the registration as it is. The schedule is pending then. The audit log
   * has each change.
   */
  setPaused(actor: Actor, isPaused: boolean): Promise<ReplacedRegistration>
  /** Removes the registration; what was changed, run and delivered stays on record. Gives false where there was none. */
  remove(actor: Actor): Promise<boolean>
  /** The latest changes, newest first. */
  changes(tenantId: string, limit: number): Promise<StoredChange[]>
  /**
   * Calls `apply` with what is stored (undefined: removed) and then notes that the schedule matches it. One
   * call at a time for each tenant, over all processes. An error of `apply` is noted and thrown.
   */
  syncSchedule(tenantId: string, apply: (stored: StoredRegistration | undefined) => Promise<void>): Promise<void>
  /** Tenants whose schedule does not match yet. */
  tenantsWithPendingSchedule(limit: number): Promise<string[]>
  /** Every tenant that has a registration. */
  tenants(): Promise<string[]>
}

export function createRegistrationStore(database: Database): RegistrationStore {
  return withTypedErrors({
    find: (tenantId) => database.forTenant(tenantId, (transaction) => find(transaction, tenantId)),
    replace: (actor, decide) =>
      database.forTenant(actor.tenantId, (transaction) => replace(transaction, actor, decide), {
        lock: 'registration',
      }),
    setPaused: (actor, isPaused) =>
      database.forTenant(actor.tenantId, (transaction) => setPaused(transaction, actor, isPaused), {
        lock: 'registration',
      }),
    remove: (actor) =>
      database.forTenant(actor.tenantId, (transaction) => remove(transaction, actor), { lock: 'registration' }),
    changes: (tenantId, limit) => database.forTenant(tenantId, (transaction) => changes(transaction, tenantId, limit)),
    syncSchedule: (tenantId, apply) => syncSchedule(database, tenantId, apply),
    tenantsWithPendingSchedule: (limit) => tenantsWithPendingSchedule(database, limit),
    tenants: async () => {
      return database.tenantIds(Prisma.sql`registered_tenants()`)
    },
  })
}

async function find(transaction: Transaction, tenantId: string): Promise<StoredRegistration | undefined> {
  const include = { entities: { orderBy: { entity: 'asc' } } } as const
  const row = await transaction.registration.findUnique({ where: { tenantId }, include })
  if (!row) return undefined
  return {
    registration: registrationFromRow(row),
    pausedAt: row.pausedAt,
    scheduledVersion: row.scheduledVersion,
    scheduleError: row.scheduleError,
  }
}

async function replace(
  transaction: Transaction,
  actor: Actor,
  decide: (current: Registration | undefined) => Registration | undefined,
): Promise<ReplacedRegistration> {
  const current = await find(transaction, actor.tenantId)
  const next = decide(current?.registration)
  if (!next) return { stored: current, changed: false }
  if (!current) await claimTenantName(transaction, actor.tenantId)
  await write(transaction, next)
  await keepChange(transaction, actor, current?.registration, next)
  return { stored: await find(transaction, actor.tenantId), changed: true }
}

async function write(transaction: Transaction, registration: Registration): Promise<void> {
  const { tenantId } = registration
  const row = registrationToRow(registration)
  await transaction.registration.upsert({ where: { tenantId }, create: row, update: row })
  await transaction.registeredEntity.deleteMany({ where: { tenantId } })
  await transaction.registeredEntity.createMany({
    data: registration.entities.map((entity) => entityToRow(tenantId, entity)),
  })
}

async function setPaused(transaction: Transaction, actor: Actor, isPaused: boolean): Promise<ReplacedRegistration> {
  const { tenantId } = actor
  const current = await find(transaction, tenantId)
  if (!current || (current.pausedAt !== null) === isPaused) return { stored: current, changed: false }
  await transaction.registration.updateMany({
    where: { tenantId },
    data: { pausedAt: isPaused ? new Date() : null, scheduledVersion: null },
  })
  await keepAudit(transaction, auditEntry(actor, isPaused ? 'EXPORT_PAUSED' : 'EXPORT_RESUMED'))
  return { stored: await find(transaction, tenantId), changed: true }
}

async function remove(transaction: Transaction, actor: Actor): Promise<boolean> {
  const { tenantId } = actor
  const current = await find(transaction, tenantId)
  if (!current) return false
  await transaction.registration.deleteMany({ where: { tenantId } })
  const before = registrationToJson(current.registration)
  await keepAudit(transaction, auditEntry(actor, 'REGISTRATION_REMOVED', { before }))
  return true
}

async function keepChange(
  transaction: Transaction,
  actor: Actor,
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
  const details = { before: before ? registrationToJson(before) : null, after: registrationToJson(after) }
  await keepAudit(transaction, auditEntry(actor, 'REGISTRATION_REPLACED', details))
}

async function changes(transaction: Transaction, tenantId: string, limit: number): Promise<StoredChange[]> {
  const rows = await transaction.registrationChange.findMany({
    where: { tenantId },
    // Not by version: a tenant that was removed and registers again begins anew at 1.
    orderBy: { id: 'desc' },
    take: limit,
  })
  return rows.map((row) => ({
    version: row.version,
    changedBy: row.changedBy,
    changedAt: row.changedAt,
    before: row.before === null ? null : registrationFromJson(row.before),
    after: registrationFromJson(row.after),
  }))
}

async function syncSchedule(
  database: Database,
  tenantId: string,
  apply: (stored: StoredRegistration | undefined) => Promise<void>,
): Promise<void> {
  try {
    await database.forTenant(tenantId, (transaction) => applyToSchedule(transaction, tenantId, apply), {
      // Not the lock of `replace`: a Temporal that answers slowly must not hold up registrations.
      lock: 'schedule',
    })
  } catch (error) {
    const scheduleError = error instanceof Error ? error.message : String(error)
    await database.forTenant(tenantId, (transaction) =>
      transaction.registration.updateMany({ where: { tenantId }, data: { scheduleError } }),
    )
    throw error
  }
}

async function applyToSchedule(
  transaction: Transaction,
  tenantId: string,
  apply: (stored: StoredRegistration | undefined) => Promise<void>,
): Promise<void> {
  const current = await find(transaction, tenantId)
  await apply(current)
  if (!current) return
  await transaction.registration.updateMany({
    where: { tenantId },
    data: { scheduledVersion: current.registration.version, scheduleError: null },
  })
}

async function tenantsWithPendingSchedule(database: Database, limit: number): Promise<string[]> {
  return database.tenantIds(Prisma.sql`tenants_with_pending_schedule(${limit}::int)`)
}
