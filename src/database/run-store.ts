import type { AuditEntry } from '../domain/audit.js'
import { ExportError } from '../domain/errors.js'
import type { FileFormat } from '../domain/file-format.js'
import { type Run, type RunEntityStatus, type RunError, runOutcome, type RunTrigger } from '../domain/run.js'
import type { Load } from '../domain/window.js'
import { Prisma } from '../generated/prisma/client.js'
import type { RunEntityModel } from '../generated/prisma/models.js'
import { keepAudit } from './audit-store.js'
import { withTypedErrors } from './errors.js'
import type { Database, Transaction } from './client.js'
import { between, type PageRequest, pageQuery } from './pages.js'
import { loadToRow, runFromRow } from './run-rows.js'

/** A run as it is asked for or begun. */
export interface NewRun {
  readonly id: string
  readonly tenantId: string
  readonly workflowId: string
  readonly trigger: RunTrigger
  readonly to: Date
  readonly requestedBy: string | null
}

/** One entity's part of a run that begins; SKIP where it is published up to the run's `to` already. */
export interface PlannedEntity {
  readonly entity: string
  /** The end of the window, where it is not the run's. */
  readonly to?: Date
  readonly load: Load | 'SKIP'
  /** The delivery whose window is delivered again. */
  readonly redelivers?: string
  /** What the watermark points at: it must still do so when the file is published. */
  readonly previousDeliveryId: string | null
}

/** What a run is planned to do. */
export interface NewPlan {
  readonly registrationVersion: number | null
  /** How it writes its files, whatever becomes of the registration meanwhile. */
  readonly fileFormat: FileFormat
  readonly entities: readonly PlannedEntity[]
}

export interface RunEnd {
  readonly cancelled: boolean
  readonly manifestPath: string | null
  /** Of the run as a whole, if it was not the entities that failed. */
  readonly error: RunError | null
  /** Of entities that ended without having told why themselves. */
  readonly failures: readonly (RunError & { readonly entity: string; readonly to?: Date })[]
}

/** Which runs of a tenant: of any of the states, asked for or due in [from, to). */
export interface RunFilter {
  readonly status?: readonly Run['status'][] | null | undefined
  readonly from?: Date | null | undefined
  readonly to?: Date | null | undefined
}

export interface RunStore {
  /** Puts a run on record that is about to be started. Gives false where the tenant has one queued already. */
  queue(run: NewRun, audit: AuditEntry): Promise<boolean>
  /** Puts a run on record as running. Told again for the same run, it gives what was planned the first time.
   * @throws ExportError RUN_IN_PROGRESS where another run of the tenant is running, SUPERSEDED where the registration is gone. */
  begin(run: NewRun, plan: NewPlan): Promise<Run>
  /** Puts a run on record that failed before it could be planned. Told again, or of a run on record, it changes nothing. */
  recordUnplanned(run: NewRun): Promise<void>
  /** Ends a run and everything in it that has not ended. Told again, it changes nothing. */
  finish(run: Pick<Run, 'id' | 'tenantId'>, end: RunEnd): Promise<Run>
  find(tenantId: string, id: string): Promise<Run | undefined>
  /** The tenant's runs that are queued or running. */
  unfinished(tenantId: string): Promise<Run[]>
  /** Tenants that have a run which was asked for before that time and has not ended. */
  tenantsWithUnfinishedRuns(queuedBefore: Date): Promise<string[]>
  /** Newest first; `after` and `before` are runs that the page must come after or before. */
  page(tenantId: string, page: PageRequest, filter?: RunFilter): Promise<Run[]>
}

const inOrder = [{ entity: 'asc' as const }, { to: 'asc' as const }]
const withEntities = { entities: { orderBy: inOrder } }

export function createRunStore(database: Database): RunStore {
  return withTypedErrors({
    queue: (run, audit) => queue(database, run, audit),
    begin: (run, plan) => begin(database, run, plan),
    recordUnplanned: async (run) => {
      const data = { ...run, status: 'FAILED' as const, queuedAt: new Date() }
      await database.forTenant(run.tenantId, (transaction) =>
        transaction.run.createMany({ data: [data], skipDuplicates: true }),
      )
    },
    finish: ({ id, tenantId }, end) => database.forTenant(tenantId, (transaction) => finish(transaction, id, end)),
    find: async (tenantId, id) => {
      const where = { id, tenantId }
      const row = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findFirst({ where, include: withEntities }),
      )
      return row ? runFromRow(row) : undefined
    },
    unfinished: async (tenantId) => {
      // By the time of the end, too: it has an index.
      const where = { tenantId, finishedAt: null, status: { in: ['QUEUED' as const, 'RUNNING' as const] } }
      const rows = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findMany({ where, include: withEntities }),
      )
      return rows.map(runFromRow)
    },
    tenantsWithUnfinishedRuns: async (queuedBefore) => {
      return database.tenantIds(Prisma.sql`tenants_with_unfinished_runs(${queuedBefore})`)
    },
    page: (tenantId, page, filter = {}) =>
      database.forTenant(tenantId, (transaction) => pageOfRuns(transaction, tenantId, page, filter)),
  })
}

async function queue(database: Database, run: NewRun, audit: AuditEntry): Promise<boolean> {
  try {
    const data = { ...run, status: 'QUEUED' as const, queuedAt: new Date() }
    await database.forTenant(run.tenantId, async (transaction) => {
      await transaction.run.create({ data })
      await keepAudit(transaction, audit)
    })
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}

async function begin(database: Database, run: NewRun, plan: NewPlan): Promise<Run> {
  try {
    // The plan was made of a registration that may have been removed since. It can't be while this transaction lasts.
    const lock = plan.registrationVersion === null ? {} : { lock: 'registration' as const }
    return await database.forTenant(run.tenantId, (transaction) => beginPlanned(transaction, run, plan), lock)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ExportError('RUN_IN_PROGRESS', `another run of tenant ${run.tenantId} is running`, { cause: error })
  }
}

async function beginPlanned(transaction: Transaction, run: NewRun, plan: NewPlan): Promise<Run> {
  await lockRun(transaction, run.id)
  const begun = await transaction.run.findUnique({ where: { id: run.id }, include: withEntities })
  if (begun && begun.status !== 'QUEUED') return runFromRow(begun)
  await requireRegistration(transaction, run, plan)
  const now = new Date()
  const { registrationVersion, fileFormat } = plan
  const pinned = { registrationVersion, fileFormat: { ...fileFormat } }
  const running = { status: 'RUNNING' as const, startedAt: now, ...pinned }
  const row = await transaction.run.upsert({
    where: { id: run.id },
    create: { ...run, ...running, queuedAt: now },
    update: running,
  })
  await transaction.runEntity.createMany({ data: plan.entities.map((planned) => entityRow(run, planned, now)) })
  return runFromRow({ ...row, entities: await entitiesOf(transaction, run.id) })
}

async function requireRegistration(transaction: Transaction, { id, tenantId }: NewRun, plan: NewPlan): Promise<void> {
  if (plan.registrationVersion === null) return
  if ((await transaction.registration.count({ where: { tenantId } })) > 0) return
  throw new ExportError('SUPERSEDED', `the registration of ${tenantId} was removed before run ${id} began`)
}

function entityRow(run: NewRun, planned: PlannedEntity, now: Date): Prisma.RunEntityCreateManyInput {
  const { entity, to = run.to, load, redelivers, previousDeliveryId } = planned
  const row = { runId: run.id, tenantId: run.tenantId, entity, to }
  if (load === 'SKIP') return { ...row, status: 'SKIPPED', mode: 'DELTA', finishedAt: now }
  return { ...row, status: 'PENDING', ...loadToRow(load), previousDeliveryId, redelivers: redelivers ?? null }
}

async function finish(transaction: Transaction, id: string, end: RunEnd): Promise<Run> {
  await lockRun(transaction, id)
  const run = await transaction.run.findUniqueOrThrow({ where: { id } })
  if (run.finishedAt) return runFromRow({ ...run, entities: await entitiesOf(transaction, id) })
  const now = new Date()
  const unended = { runId: id, status: { in: ['PENDING' as const, 'RUNNING' as const] } }
  for (const { entity, to = run.to, code, message } of end.failures) {
    await transaction.runEntity.updateMany({
      where: { ...unended, entity, to },
      data: { errorCode: code, errorMessage: message },
    })
  }
  const ended = end.cancelled ? 'CANCELLED' : 'FAILED'
  // Without a claim, an attempt that is still alive somewhere can no longer publish.
  await transaction.runEntity.updateMany({ where: unended, data: { status: ended, claim: null, finishedAt: now } })
  // Read only now: the update has waited for a publication that was under way, and that one stands.
  const entities = await entitiesOf(transaction, id)
  const statuses = entities.map(({ status }) => status)
  const finished = await transaction.run.update({
    where: { id },
    data: {
      status: runStatus(statuses, end),
      finishedAt: now,
      manifestPath: end.manifestPath,
      ...(end.error && { errorCode: end.error.code, errorMessage: end.error.message }),
    },
  })
  return runFromRow({ ...finished, entities })
}

function entitiesOf(transaction: Transaction, runId: string): Promise<RunEntityModel[]> {
  return transaction.runEntity.findMany({ where: { runId }, orderBy: inOrder })
}

/** Keeps whoever else begins or ends the run waiting until the transaction ends. */
async function lockRun(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`SELECT 1 FROM run WHERE id = ${id}::uuid FOR NO KEY UPDATE`
}

function runStatus(statuses: readonly RunEntityStatus[], end: RunEnd): Run['status'] {
  if (end.cancelled) return 'CANCELLED'
  const outcome = runOutcome(statuses)
  if (!end.error) return outcome
  return statuses.includes('PUBLISHED') ? 'PARTIALLY_FAILED' : 'FAILED'
}

async function pageOfRuns(
  transaction: Transaction,
  tenantId: string,
  page: PageRequest,
  { status, from, to }: RunFilter,
): Promise<Run[]> {
  const { where, ...order } = pageQuery('queuedAt', page)
  const filter = { ...(status && { status: { in: [...status] } }), queuedAt: between(from, to) }
  const rows = await transaction.run.findMany({
    where: { tenantId, AND: [where, filter] },
    ...order,
    include: withEntities,
  })
  const runs = rows.map(runFromRow)
  return page.backwards ? runs.toReversed() : runs
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
