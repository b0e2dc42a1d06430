import type { Delivery } from '../../domain/delivery.js'
import type { UnfetchedPeriod } from '../../domain/fetch.js'
import type { DayRecord } from '../../domain/export-day.js'
import type { PastWindow } from '../../domain/publication.js'
import type { SchemaVersion } from '../../domain/schema-changes.js'
import type { Watermark } from '../../domain/window.js'
import type { DeliveryModel } from '../../generated/prisma/models.js'
import type { Database, Transaction } from '../client.js'
import { dayRecords, type DayRange } from './delivery-days.js'
import { lastDelivery, schemaVersions } from './schema-versions.js'
import { catalogColumnsOf, deliveryFromRow, pastWindowFromRow, removalOf, type RemovalMark } from './delivery-rows.js'
import { withTypedErrors } from '../errors.js'
import { unfetchedIds } from '../fetches/unfetched-ids.js'
import { between, type PageRequest, pageQuery } from '../pages.js'
import { loadFromRow } from '../run-rows.js'

/** A watermark, with the delivery that it points at. */
export interface StoredWatermark extends Watermark {
  readonly deliveryId: string
}

/** Which files: of one entity (internal name), of one run, redelivered or not, published in [since, until), of these dates in the paths. */
export interface DeliveryFilter {
  readonly entity?: string | null | undefined
  readonly runId?: string | null | undefined
  readonly redelivered?: boolean | null | undefined
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
  readonly firstDay?: Date | null | undefined
  readonly lastDay?: Date | null | undefined
  /** Only files that were published then and not fetched. */
  readonly unfetched?: UnfetchedPeriod | undefined
}

export interface DeliveryStore {
  /** The watermarks of a tenant by internal name. */
  watermarks(tenantId: string): Promise<Map<string, StoredWatermark>>
  /** The published files of a tenant, newest first. */
  page(tenantId: string, filter: DeliveryFilter, page: PageRequest): Promise<readonly Delivery[]>
  /** The published file with that id. */
  find(tenantId: string, id: string): Promise<Delivery | undefined>
  /** The newest published file of each of these entities that has one. */
  newest(tenantId: string, entities: readonly string[]): Promise<readonly Delivery[]>
  /** The published file of an entity with the highest sequence number, in its latest revision. */
  last(tenantId: string, entity: string): Promise<Delivery | undefined>
  /** The first published file of each schema version of an entity, in order. */
  schemaVersions(tenantId: string, entity: string): Promise<readonly SchemaVersion[]>
  /** What was published and what failed, by day and entity. */
  days(tenantId: string, range: DayRange): Promise<readonly DayRecord[]>
  /** The files that these runs of a tenant have published, in no order. */
  ofRuns(tenantId: string, runIds: readonly string[]): Promise<readonly Delivery[]>
  /** The published windows of these entities that overlap [from, to), in order: the latest file of each day. */
  pastWindows(
    tenantId: string,
    which: { entities: readonly string[]; from: Date; to: Date },
  ): Promise<readonly PastWindow[]>
}

export function createDeliveryStore(database: Database): DeliveryStore {
  return withTypedErrors<DeliveryStore>({
    watermarks: (tenantId) => database.forTenant(tenantId, (transaction) => watermarks(transaction, tenantId)),
    page: (tenantId, filter, page) =>
      database.forTenant(tenantId, (transaction) => pageOfDeliveries(transaction, tenantId, filter, page)),
    find: async (tenantId, id) =>
      (await database.forTenant(tenantId, (transaction) => deliveriesById(transaction, tenantId, [id])))[0],
    newest: (tenantId, entities) =>
      database.forTenant(tenantId, (transaction) => newest(transaction, tenantId, entities)),
    last: (tenantId, entity) =>
      database.forTenant(tenantId, (transaction) => lastDelivery(transaction, tenantId, entity)),
    schemaVersions: (tenantId, entity) =>
      database.forTenant(tenantId, (transaction) => schemaVersions(transaction, tenantId, entity)),
    days: (tenantId, range) => database.forTenant(tenantId, (transaction) => dayRecords(transaction, tenantId, range)),
    ofRuns: (tenantId, runIds) =>
      database.forTenant(tenantId, (transaction) => deliveriesOfRuns(transaction, tenantId, runIds)),
    pastWindows: (tenantId, which) =>
      database.forTenant(tenantId, (transaction) => pastWindows(transaction, tenantId, which)),
  })
}

async function watermarks(transaction: Transaction, tenantId: string): Promise<Map<string, StoredWatermark>> {
  const rows = await transaction.watermark.findMany({ where: { tenantId }, include: { delivery: true } })
  return new Map(
    rows.map(({ delivery, ...row }) => [
      row.entity,
      {
        to: row.to,
        day: delivery.day,
        fullLoadRequested: row.fullLoadRequested,
        deliveryId: row.deliveryId,
        load: loadFromRow(delivery),
        sequence: delivery.sequence,
        snapshot: delivery.snapshot,
        systemIdentifier: delivery.systemIdentifier,
        timeline: delivery.timeline,
        columns: delivery.columns,
        ...catalogColumnsOf(delivery),
      },
    ]),
  )
}

async function pageOfDeliveries(
  transaction: Transaction,
  tenantId: string,
  { entity, runId, redelivered, since, until, firstDay, lastDay, unfetched }: DeliveryFilter,
  page: PageRequest,
): Promise<Delivery[]> {
  const { where, ...order } = pageQuery('publishedAt', page)
  const rows = await transaction.delivery.findMany({
    where: {
      tenantId,
      ...(entity != null && { entity }),
      ...(runId != null && { runId }),
      ...(redelivered != null && { redelivered }),
      ...(unfetched && { id: { in: await unfetchedIds(transaction, tenantId, unfetched) } }),
      publishedAt: { not: null, ...between(since, until) },
      day: { ...(firstDay != null && { gte: firstDay }), ...(lastDay != null && { lte: lastDay }) },
      AND: where,
    },
    ...order,
  })
  const deliveries = await withRemovals(transaction, tenantId, rows)
  return page.backwards ? deliveries.toReversed() : deliveries
}

/** Each entity costs one step in an index, however many files it has. */
async function newest(transaction: Transaction, tenantId: string, entities: readonly string[]): Promise<Delivery[]> {
  const found = await transaction.$queryRaw<{ id: string }[]>`
    SELECT last.id::text FROM unnest(${[...entities]}::text[]) AS wanted (entity), LATERAL (
      SELECT id FROM delivery
      WHERE tenant_id = ${tenantId} AND entity = wanted.entity AND published_at IS NOT NULL
      ORDER BY published_at DESC, id DESC LIMIT 1) last`
  return deliveriesById(
    transaction,
    tenantId,
    found.map(({ id }) => id),
  )
}

async function deliveriesById(transaction: Transaction, tenantId: string, ids: readonly string[]): Promise<Delivery[]> {
  const where = { tenantId, id: { in: [...ids] }, publishedAt: { not: null } }
  return withRemovals(transaction, tenantId, await transaction.delivery.findMany({ where }))
}

async function deliveriesOfRuns(
  transaction: Transaction,
  tenantId: string,
  runIds: readonly string[],
): Promise<Delivery[]> {
  const where = { tenantId, runId: { in: [...runIds] }, publishedAt: { not: null } }
  return withRemovals(transaction, tenantId, await transaction.delivery.findMany({ where }))
}

async function withRemovals(
  transaction: Transaction,
  tenantId: string,
  rows: readonly DeliveryModel[],
): Promise<Delivery[]> {
  const removed = await removedDays(transaction, tenantId, rows)
  return rows.map((row) => deliveryFromRow(row, removalOf(row, removed.get(row.day.getTime()) ?? null)))
}

/** Which files of these days were removed, by day. */
async function removedDays(
  transaction: Transaction,
  tenantId: string,
  rows: readonly { readonly day: Date }[],
): Promise<Map<number, RemovalMark>> {
  const day = { in: [...new Set(rows.map((row) => row.day.getTime()))].map((time) => new Date(time)) }
  const days = await transaction.manifest.findMany({ where: { tenantId, day, removedAt: { not: null } } })
  return new Map(days.map((manifest) => [manifest.day.getTime(), manifest]))
}

/** Of a day's revisions only the latest, which is the one that is stored on the server. */
async function pastWindows(
  transaction: Transaction,
  tenantId: string,
  { entities, from, to }: { entities: readonly string[]; from: Date; to: Date },
): Promise<PastWindow[]> {
  const rows = await transaction.delivery.findMany({
    where: {
      tenantId,
      entity: { in: [...entities] },
      publishedAt: { not: null },
      to: { gt: from },
      OR: [{ from: null }, { from: { lt: to } }],
    },
    orderBy: [{ to: 'asc' }, { entity: 'asc' }, { revision: 'asc' }],
  })
  const latest = new Map(rows.map((row) => [`${row.entity} ${row.day.getTime()}`, row]))
  return [...latest.values()].map(pastWindowFromRow)
}
