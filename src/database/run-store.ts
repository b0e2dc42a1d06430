import { startOfDay } from '../domain/calendar.js'
import { ExportError, type ExportErrorCode } from '../domain/errors.js'
import type { Encryption } from '../domain/encryption.js'
import type { NewEvent } from '../domain/event.js'
import type { OptionalSelection } from '../domain/column-selection.js'
import type { FileFormat } from '../domain/file-format.js'
import type { Claim } from '../domain/publication.js'
import {
  type Run,
  type RunEntityStatus,
  type RunError,
  runOutcome,
  type RunScope,
  type Waiting,
} from '../domain/run.js'
import type { Load } from '../domain/window.js'
import { Prisma } from '../generated/prisma/client.js'
import type { RunEntityModel, RunModel } from '../generated/prisma/models.js'
import { encryptionToRow } from './encryption-rows.js'
import { withTypedErrors } from './errors.js'
import type { Database, Transaction } from './client.js'
import { selectionToRow } from './selection-rows.js'
import type { PageRequest } from './pages.js'
import { keepEndEvents } from './run-end-events.js'
import { inOrder, pageOfRuns, type RunFilter, withEntities } from './run-pages.js'
import { recordProgress, type ReportedProgress } from './run-progress.js'
import { loadToRow, runFromRow } from './run-rows.js'
import { keepEvents } from './unit-of-work/tenant-events.js'
import type { NewRun } from './unit-of-work/tenant-runs.js'

export type { RunFilter } from './run-pages.js'

/** What a run plans for one entity; SKIP if the entity is published up to the run's `to` already. */
export interface PlannedEntity {
  readonly entity: string
  /** The end and the day of the window, if they are not the run's. */
  readonly to?: Date
  readonly day?: Date
  readonly load: Load | 'SKIP'
  /** The delivery whose window is redelivered. */
  readonly redelivers?: string
  /** The delivery that the watermark points at. It must still point at it when the file is published. */
  readonly previousDeliveryId: string | null
}

/** What a run is planned to do. */
export interface NewPlan {
  /** The date in the paths of its files: see runDay. The UTC date of its windows' end by default. */
  readonly day?: Date
  readonly registrationVersion: number | null
  /** How it writes its files, even if the registration changes meanwhile. */
  readonly fileFormat: FileFormat
  /** How it encrypts its files; null or absent if it does not. */
  readonly encryption?: Encryption | null
  /** Which columns it delivers, even if the registration changes meanwhile. */
  readonly columnSelection?: OptionalSelection
  readonly entities: readonly PlannedEntity[]
  /** What its tenant is notified of when the run begins. */
  readonly events?: readonly NewEvent[]
}

export interface RunEnd {
  readonly cancelled: boolean
  readonly manifestPath: string | null
  /** An error of the run as a whole, if no entity failed. */
  readonly error: RunError | null
  /** Errors of entities that ended without recording their own. */
  readonly failures: readonly (RunError & { readonly entity: string; readonly to?: Date })[]
}

/** Which failed runs: ended in [since, before), with that code in the run or one of its entities. */
export interface FailedRuns {
  readonly since?: Date | null | undefined
  readonly before?: Date
  readonly code?: ExportErrorCode | null | undefined
  /** Only tenants whose id comes after this one. */
  readonly after: string
  /** Null: all. */
  readonly atMost: number | null
}

export interface RunStore {
  /**
   * Records a run as running. Called again for the same run, it returns what was planned the first time.
   * @throws ExportError RUN_IN_PROGRESS if another run of the tenant is running, SUPERSEDED if the registration was removed
   */
  begin(run: NewRun, plan: NewPlan): Promise<Run>
  /** Records a run that waits to be planned, or failed before that. It changes nothing if the run is recorded already. */
  recordUnplanned(run: NewRun, status: 'QUEUED' | 'FAILED'): Promise<void>
  /** Records for what an unfinished run waits. A run that has ended stays as it is. */
  recordWaiting(run: Pick<Run, 'id' | 'tenantId'>, waiting: Omit<Waiting, 'since'>): Promise<void>
  /** As {@link finish}; undefined if the run had ended before, so that only one of several processes reports the end. */
  finishOnce(run: Pick<Run, 'id' | 'tenantId'>, end: RunEnd): Promise<Run | undefined>
  /** Ends a run and everything in it that has not ended. Called again, it changes nothing. */
  finish(run: Pick<Run, 'id' | 'tenantId'>, end: RunEnd): Promise<Run>
  /**
   * Writes how far the claim's holder has come. Writes nothing, and returns false, if another attempt has taken the claim, or
   * the window has ended.
   */
  recordProgress(claim: Claim, progress: ReportedProgress): Promise<boolean>
  find(tenantId: string, id: string): Promise<Run | undefined>
  /** What the run was requested to export. Empty for every active entity. */
  scopeOf(tenantId: string, id: string): Promise<RunScope>
  /** The tenant's last run that is no redelivery. */
  lastExport(tenantId: string): Promise<Run | undefined>
  /** The tenant's runs that are queued or running. */
  unfinished(tenantId: string): Promise<Run[]>
  /** Tenants that have an unfinished run which was queued before that time. */
  tenantsWithUnfinishedRuns(queuedBefore: Date): Promise<string[]>
  /** Registered tenants whose last run has failed, in part or as a whole, in the order of their ids. */
  tenantsWithFailedRuns(which: FailedRuns): Promise<string[]>
  /** Newest first. */
  page(tenantId: string, page: PageRequest, filter?: RunFilter): Promise<Run[]>
}

export function createRunStore(database: Database): RunStore {
  return withTypedErrors({
    begin: (run, plan) => begin(database, run, plan),
    recordUnplanned: async (run, status) => {
      const data = { ...run, status, queuedAt: new Date() }
      await database.forTenant(run.tenantId, (transaction) =>
        transaction.run.createMany({ data: [data], skipDuplicates: true }),
      )
    },
    recordWaiting: ({ id, tenantId }, waiting) =>
      database.forTenant(tenantId, (transaction) => recordWaiting(transaction, id, waiting)),
    finishOnce: ({ id, tenantId }, end) =>
      database.forTenant(tenantId, async (transaction) => {
        const locked = await lockRun(transaction, id)
        return locked && !locked.finishedAt ? finish(transaction, id, end) : undefined
      }),
    finish: ({ id, tenantId }, end) => database.forTenant(tenantId, (transaction) => finish(transaction, id, end)),
    recordProgress: (claim, progress) =>
      database.forTenant(claim.tenantId, (transaction) => recordProgress(transaction, claim, progress)),
    find: async (tenantId, id) => {
      const where = { id, tenantId }
      const row = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findFirst({ where, include: withEntities }),
      )
      return row ? runFromRow(row) : undefined
    },
    scopeOf: async (tenantId, id) => {
      const where = { id, tenantId }
      const row = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findFirst({ where, select: { scope: true } }),
      )
      return (row?.scope ?? {}) as RunScope
    },
    lastExport: async (tenantId) => {
      const where = { tenantId, trigger: { not: 'REDELIVERY' as const } }
      const orderBy = [{ queuedAt: 'desc' as const }, { id: 'desc' as const }]
      const row = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findFirst({ where, orderBy, include: withEntities }),
      )
      return row ? runFromRow(row) : undefined
    },
    unfinished: async (tenantId) => {
      // `finishedAt` has an index.
      const where = { tenantId, finishedAt: null, status: { in: ['QUEUED' as const, 'RUNNING' as const] } }
      const rows = await database.forTenant(tenantId, (transaction) =>
        transaction.run.findMany({ where, include: withEntities }),
      )
      return rows.map(runFromRow)
    },
    tenantsWithUnfinishedRuns: async (queuedBefore) => {
      return database.tenantIds(Prisma.sql`tenants_with_unfinished_runs(${queuedBefore})`)
    },
    tenantsWithFailedRuns: async ({ since, before, code, after, atMost }) =>
      database.tenantIds(
        Prisma.sql`tenants_with_failed_runs(${since ?? null}::timestamptz, ${before ?? null}::timestamptz, ${code ?? null},
          ${after}, ${atMost}::int)`,
      ),
    page: (tenantId, page, filter = {}) =>
      database.forTenant(tenantId, (transaction) => pageOfRuns(transaction, tenantId, page, filter)),
  })
}

async function begin(database: Database, run: NewRun, plan: NewPlan): Promise<Run> {
  try {
    // The registration of the plan may have been removed since. It can't be removed while this transaction lasts.
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
  const { day = startOfDay(run.to), registrationVersion, fileFormat, encryption, columnSelection } = plan
  const format = { fileFormat: { ...fileFormat }, ...encryptionToRow(encryption) }
  const pinned = { day, registrationVersion, ...format, ...selectionToRow(columnSelection) }
  const running = { status: 'RUNNING' as const, startedAt: now, ...pinned, ...notWaiting }
  const row = await transaction.run.upsert({
    where: { id: run.id },
    create: { ...run, ...running, queuedAt: now },
    update: running,
  })
  await transaction.runEntity.createMany({
    data: plan.entities.map((planned) => entityRow({ ...run, day }, planned, now)),
  })
  const begunRun = runFromRow({ ...row, entities: await entitiesOf(transaction, run.id) })
  await keepEvents(transaction, run.tenantId, plan.events ?? [])
  return begunRun
}

async function requireRegistration(transaction: Transaction, { id, tenantId }: NewRun, plan: NewPlan): Promise<void> {
  if (plan.registrationVersion === null) return
  if ((await transaction.registration.count({ where: { tenantId } })) > 0) return
  throw new ExportError('SUPERSEDED', `the registration of ${tenantId} was removed before run ${id} began`)
}

function entityRow(
  run: NewRun & { readonly day: Date },
  planned: PlannedEntity,
  now: Date,
): Prisma.RunEntityCreateManyInput {
  const { entity, to = run.to, day = run.day, load, redelivers, previousDeliveryId } = planned
  const row = { runId: run.id, tenantId: run.tenantId, entity, to, day }
  if (load === 'SKIP') return { ...row, status: 'SKIPPED', mode: 'DELTA', finishedAt: now }
  return { ...row, status: 'PENDING', ...loadToRow(load), previousDeliveryId, redelivers: redelivers ?? null }
}

const notWaiting = { waitingCode: null, waitingMessage: null, waitingSince: null, waitingAttempt: null }

/** Failures with the same code in a row count as one wait. */
async function recordWaiting(
  transaction: Transaction,
  id: string,
  { code, message, attempt }: Omit<Waiting, 'since'>,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE run SET waiting_message = ${message}, waiting_code = ${code}, waiting_attempt = ${attempt},
      waiting_since = CASE WHEN waiting_code = ${code} THEN waiting_since ELSE now() END
    WHERE id = ${id}::uuid AND finished_at IS NULL`
}

async function finish(transaction: Transaction, id: string, end: RunEnd): Promise<Run> {
  const locked = await lockRun(transaction, id)
  if (!locked || locked.finishedAt) {
    return runFromRow(await transaction.run.findUniqueOrThrow({ where: { id }, include: withEntities }))
  }
  const now = new Date()
  const unended = { runId: id, status: { in: ['PENDING' as const, 'RUNNING' as const] } }
  for (const { entity, to = locked.to, code, message } of end.failures) {
    await transaction.runEntity.updateMany({
      where: { ...unended, entity, to },
      data: { errorCode: code, errorMessage: message },
    })
  }
  const ended = end.cancelled ? 'CANCELLED' : 'FAILED'
  // Without a claim, an attempt that is still alive can no longer publish.
  await transaction.runEntity.updateMany({ where: unended, data: { status: ended, claim: null, finishedAt: now } })
  // Read after the update, which has waited for a publication that was in progress: that publication counts.
  const entities = await entitiesOf(transaction, id)
  const statuses = entities.map(({ status }) => status)
  const finished = await transaction.run.update({
    where: { id },
    data: {
      status: runStatus(statuses, end),
      finishedAt: now,
      manifestPath: end.manifestPath,
      ...notWaiting,
      ...(end.error && { errorCode: end.error.code, errorMessage: end.error.message }),
    },
  })
  const run = runFromRow({ ...finished, entities })
  await keepEndEvents(transaction, run, finished)
  return run
}

function entitiesOf(transaction: Transaction, runId: string): Promise<RunEntityModel[]> {
  return transaction.runEntity.findMany({ where: { runId }, orderBy: inOrder })
}

/** Makes every other transaction that begins or ends the run wait for the end of this one. */
async function lockRun(transaction: Transaction, id: string): Promise<Pick<RunModel, 'to' | 'finishedAt'> | undefined> {
  const [locked] = await transaction.$queryRaw<Pick<RunModel, 'to' | 'finishedAt'>[]>`
    SELECT "to", finished_at AS "finishedAt" FROM run WHERE id = ${id}::uuid FOR NO KEY UPDATE`
  return locked
}

function runStatus(statuses: readonly RunEntityStatus[], end: RunEnd): Run['status'] {
  if (end.cancelled) return 'CANCELLED'
  const outcome = runOutcome(statuses)
  if (!end.error) return outcome
  return statuses.includes('PUBLISHED') ? 'PARTIALLY_FAILED' : 'FAILED'
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
