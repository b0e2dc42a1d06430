import type { AuditEntry } from '../domain/audit.js'
import type { ExportErrorCode } from '../domain/errors.js'
import type { DeliveredPart, FileFormat } from '../domain/file-format.js'
import type { DeliveredFile } from '../domain/manifest.js'
import type { Extent, Watermark } from '../domain/window.js'
import { keepAudit } from './audit-store.js'
import { claim, noteParts } from './claims.js'
import type { Database, Transaction } from './client.js'
import { deliveredFileFromRow, removalOf, type RemovedFiles } from './delivery-rows.js'
import { withTypedErrors } from './errors.js'
import { drop, intend, record, requireHeld, takeOver, unsettled } from './intents.js'
import { extentFromRow } from './run-rows.js'
import { between, type PageRequest, pageQuery } from './pages.js'
import { pastWindows } from './past-windows.js'

/** Where a tenant's entity stands, with the delivery that its watermark points at. */
export interface StoredWatermark extends Watermark {
  readonly deliveryId: string
}

/** Which part of which run. */
export interface EntityOfRun {
  readonly runId: string
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  /** The end of the window. */
  readonly to: Date
}

/** The right of one attempt to publish, until a later attempt takes it or the run ends. */
export interface Claim extends EntityOfRun {
  readonly id: string
  readonly attempt: number
  readonly extent: Extent
  /** The source that the window's snapshots were taken of; null where it has none. */
  readonly base: { readonly systemIdentifier: string; readonly timeline: number | null } | null
  /** Of a window that is delivered again: the file that was delivered first. */
  readonly redelivers: PastWindow | null
  /** Hidden files of earlier attempts and runs that may still lie on the server. */
  readonly leftovers: readonly string[]
  /** What is noted already of what {@link DeliveryStore.noteParts} is told: the hidden name of the first file, or nothing. */
  readonly noted: readonly string[]
  /** How the run writes its files. */
  readonly format: FileFormat
  /** What an earlier attempt was about to publish, and may have. To be settled first. */
  readonly intent: Intent | null
}

/** A window that was published, as its latest file has it. */
export interface PastWindow {
  readonly deliveryId: string
  readonly entity: string
  readonly to: Date
  readonly extent: Extent
  readonly sequence: number
  readonly snapshot: string
}

/** A file that is uploaded and checked, whole or in parts, ready to take its final name or names. */
export interface FinishedFile {
  readonly path: string
  /** The hidden names that it lies under, in the order of its parts, as they were noted. */
  readonly hidden: readonly string[]
  readonly format: FileFormat
  /** Null where it was not split; else `path` is the first one's, and see {@link DeliveredFile} for the rest. */
  readonly parts: readonly DeliveredPart[] | null
  readonly rows: number
  /** How many rows Postgres says it has sent. */
  readonly sourceRows: number
  readonly bytes: number
  readonly sha256: string
  readonly snapshot: string
  readonly systemIdentifier: string
  readonly timeline: number | null
  readonly columns: string
}

/**
 * A publication that is on record before the file gets its final name, so that whoever comes next can see what was
 * meant and bring it to an end. `claim` is the right to do that.
 */
export interface Intent extends EntityOfRun {
  readonly deliveryId: string
  readonly claim: string
  readonly path: string
  readonly files: readonly IntendedFile[]
  /** Where earlier revisions of the day lay, and this one does not: to be removed once it has its final names. */
  readonly stale: readonly string[]
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  readonly revision: number
}

/** An intent whose change of the day's files is announced. */
export interface AnnouncedIntent extends Intent {
  /** The manifest that is published now, which must be withdrawn first; undefined if there is none. */
  readonly manifest: string | undefined
}

/** One file of an intent. */
export interface IntendedFile {
  readonly path: string
  /** The name that it was written under; null where that is no longer on record. */
  readonly hidden: string | null
  /** Whether an earlier revision under the same path has as many bytes, and other content. */
  readonly looksLikeEarlier: boolean
  readonly bytes: number
  readonly sha256: string
}

/** A file of the ledger. */
export interface StoredDelivery extends DeliveredFile {
  readonly id: string
  readonly runId: string
  /** When it was removed from the server, being past its time; null while it lies there. */
  readonly removedAt: Date | null
}

export interface Published {
  readonly rows: number
  readonly bytes: number
  readonly path: string
  readonly revision: number
}

/** Which files: of one entity (internal name), published in [since, until). */
export interface DeliveryFilter {
  readonly entity?: string | null | undefined
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
}

export interface DeliveryStore {
  /** The watermarks of a tenant by internal name. */
  watermarks(tenantId: string): Promise<Map<string, StoredWatermark>>
  /**
   * Makes the next file of these entities a full load. Entities never published get one anyway. Without an entry for the
   * audit log where it is part of a run, whose request is there already.
   */
  requestFullLoad(tenantId: string, entities: readonly string[], audit: AuditEntry | null): Promise<void>
  /** The published files of a tenant, newest first. */
  page(tenantId: string, filter: DeliveryFilter, page: PageRequest): Promise<readonly StoredDelivery[]>
  /** The published windows of these entities that overlap [from, to), in order; of each day the latest file. */
  pastWindows(
    tenantId: string,
    which: { entities: readonly string[]; from: Date; to: Date },
  ): Promise<readonly PastWindow[]>
  /**
   * Takes the right to publish from any earlier attempt; where the run has published the entity already, gives that.
   * `hiddenName`: the pattern of the names under which files are written first.
   * @throws ExportError SUPERSEDED where the run has ended.
   */
  claim(part: EntityOfRun, attempt: number, hiddenName?: string): Promise<{ claim: Claim } | { published: Published }>
  /**
   * Notes all hidden files of the claim's holder: those it has written, and the one it is about to. The claim's leftovers
   * are noted no more, since they were removed.
   * @throws ExportError SUPERSEDED where the claim has passed to somebody else.
   */
  noteParts(claim: Claim, hidden: readonly string[]): Promise<void>
  noteFailure(part: EntityOfRun, error: { code: ExportErrorCode; message: string }): Promise<void>
  /**
   * Puts on record what is about to be published, and that the day's files are about to change: see
   * `announceChange` of the manifests.
   * @throws ExportError SUPERSEDED where the claim has passed to somebody else.
   */
  intend(claim: Claim, file: FinishedFile): Promise<AnnouncedIntent>
  /**
   * The file has its final name: makes the intent a delivery of the ledger and moves the watermark, in one transaction.
   * @throws ExportError SUPERSEDED where the claim or the watermark has passed to somebody else.
   */
  record(intent: Intent): Promise<Published>
  /** @throws ExportError SUPERSEDED where the right to settle the intent has passed to somebody else. */
  requireHeld(intent: Intent): Promise<void>
  /**
   * Gives up an intent whose file will not be recorded. Earlier revisions under one of the paths are lost: their files were
   * replaced, or may have been. Then the next file of the entity is a full load.
   * @throws ExportError SUPERSEDED where the right to settle the intent has passed to somebody else.
   */
  drop(intent: Intent, replaced: readonly string[]): Promise<'dropped' | 'dropped, with a loss' | 'dropped before'>
  /** The intents of a tenant that nobody has brought to an end. */
  unsettled(tenantId: string): Promise<readonly Intent[]>
  /** Takes the right to settle an intent from whoever has it. Undefined where it has been settled meanwhile. */
  takeOver(intent: Intent): Promise<Intent | undefined>
}

export function createDeliveryStore(database: Database): DeliveryStore {
  return withTypedErrors({
    watermarks: (tenantId) => database.forTenant(tenantId, (transaction) => watermarks(transaction, tenantId)),
    requestFullLoad: async (tenantId, entities, audit) => {
      const where = { tenantId, entity: { in: [...entities] } }
      const data = { fullLoadRequested: true }
      await database.forTenant(tenantId, async (transaction) => {
        await transaction.watermark.updateMany({ where, data })
        if (audit) await keepAudit(transaction, audit)
      })
    },
    page: (tenantId, filter, page) =>
      database.forTenant(tenantId, (transaction) => pageOfDeliveries(transaction, tenantId, filter, page)),
    pastWindows: (tenantId, which) =>
      database.forTenant(tenantId, (transaction) => pastWindows(transaction, tenantId, which)),
    claim: (part, attempt, hiddenName) =>
      database.forTenant(part.tenantId, (transaction) => claim(transaction, part, attempt, hiddenName)),
    noteParts: (held, hidden) =>
      database.forTenant(held.tenantId, (transaction) => noteParts(transaction, held, hidden)),
    noteFailure: async ({ runId, tenantId, entity, to }, { code, message }) => {
      const where = { runId, entity, to, status: 'RUNNING' as const }
      const data = { errorCode: code, errorMessage: message }
      await database.forTenant(tenantId, (transaction) => transaction.runEntity.updateMany({ where, data }))
    },
    intend: (held, file) => database.forTenant(held.tenantId, (transaction) => intend(transaction, held, file)),
    record: (intent) => database.forTenant(intent.tenantId, (transaction) => record(transaction, intent)),
    requireHeld: (intent) => database.forTenant(intent.tenantId, (transaction) => requireHeld(transaction, intent)),
    drop: (intent, replaced) =>
      database.forTenant(intent.tenantId, (transaction) => drop(transaction, intent, replaced)),
    unsettled: (tenantId) => database.forTenant(tenantId, (transaction) => unsettled(transaction, tenantId)),
    takeOver: (intent) => database.forTenant(intent.tenantId, (transaction) => takeOver(transaction, intent)),
  })
}

async function watermarks(transaction: Transaction, tenantId: string): Promise<Map<string, StoredWatermark>> {
  const rows = await transaction.watermark.findMany({ where: { tenantId }, include: { delivery: true } })
  return new Map(
    rows.map(({ delivery, ...row }) => [
      row.entity,
      {
        to: row.to,
        fullLoadRequested: row.fullLoadRequested,
        deliveryId: row.deliveryId,
        extent: extentFromRow(delivery),
        sequence: delivery.sequence,
        snapshot: delivery.snapshot,
        systemIdentifier: delivery.systemIdentifier,
        timeline: delivery.timeline,
        columns: delivery.columns,
      },
    ]),
  )
}

async function pageOfDeliveries(
  transaction: Transaction,
  tenantId: string,
  { entity, since, until }: DeliveryFilter,
  page: PageRequest,
): Promise<StoredDelivery[]> {
  const { where, ...order } = pageQuery('publishedAt', page)
  const rows = await transaction.delivery.findMany({
    where: {
      tenantId,
      ...(entity != null && { entity }),
      publishedAt: { not: null, ...between(since, until) },
      AND: where,
    },
    ...order,
  })
  const removed = await removedDays(transaction, tenantId, rows)
  const deliveries = rows.map((row) => ({
    id: row.id,
    runId: row.runId,
    removedAt: removalOf(row, removed.get(row.day.getTime()) ?? null),
    ...deliveredFileFromRow(row),
  }))
  return page.backwards ? deliveries.toReversed() : deliveries
}

/** Which files of these days were removed, by day. */
async function removedDays(
  transaction: Transaction,
  tenantId: string,
  rows: readonly { readonly day: Date }[],
): Promise<Map<number, RemovedFiles>> {
  const day = { in: [...new Set(rows.map((row) => row.day.getTime()))].map((time) => new Date(time)) }
  const days = await transaction.manifest.findMany({ where: { tenantId, day, removedAt: { not: null } } })
  return new Map(days.map((manifest) => [manifest.day.getTime(), manifest]))
}
