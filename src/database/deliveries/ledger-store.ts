import { isoDay } from '../../domain/delivery-path.js'
import type { Delivery } from '../../domain/delivery.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Database, Transaction } from '../client.js'
import { deliveryFromRow, lostFiles, removalOf } from './delivery-rows.js'
import { onDay } from '../run-rows.js'
import { type LedgerIndex, ledgerIndex } from './ledger-index.js'
import { withTypedErrors } from '../errors.js'

/** Which deliveries of a tenant: those of a day, or all of them. */
export interface LedgerScope {
  readonly tenantId: string
  readonly day?: Date
}

/** What a day's folder must hold by the ledger, at one moment: without files that were removed after their retention time. */
export interface LedgerDay {
  readonly files: readonly Delivery[]
  readonly manifest: LedgerManifest | undefined
  /** The id of a run that writes to the folder, or may do so. */
  readonly runUnderWay: string | undefined
  /** The hidden files that running runs are writing. */
  readonly hiddenPathsInUse: readonly string[]
}

export interface LedgerManifest {
  readonly path: string
  /** Whether the day's files may have changed since it was written. */
  readonly pending: boolean
  readonly changes: number
  /** 0 before the first one is published. */
  readonly revision: number
  readonly bytes: number | null
  readonly sha256: string | null
  /** The id of the key that signed it; null if it is not signed. */
  readonly signedBy: string | null
  /** Whether files of the day are stored on the server; false once retention has removed them. */
  readonly present: boolean
}

/** Reads what was delivered. It writes nothing. */
export interface LedgerStore {
  /** The tenants that have files, in order; with a day, those that have files of that day. */
  tenants(day?: Date): Promise<string[]>
  /** How many files are stored on the server, and their bytes. */
  totals(scope: LedgerScope): Promise<{ files: number; bytes: number }>
  /** The files that are stored on the server by tenant, day and entity: at most `take`, after the file `after`. */
  files(scope: LedgerScope, page: { take: number; after?: Delivery | undefined }): Promise<Delivery[]>
  day(tenantId: string, day: Date): Promise<LedgerDay>
  /** What the index must list; undefined if the tenant has no index. */
  index(tenantId: string): Promise<LedgerIndex | undefined>
  /** By internal name: the `to` of the entity's last published file, and the file's sequence number. */
  watermarks(tenantId: string): Promise<Map<string, { to: Date; sequence: number }>>
}

export function createLedgerStore(database: Database): LedgerStore {
  return withTypedErrors({
    tenants: async (day) => {
      return database.tenantIds(Prisma.sql`tenants_with_files(${day ? isoDay(day) : null}::date)`)
    },
    totals: (scope) => database.forTenant(scope.tenantId, (transaction) => totals(transaction, scope)),
    files: (scope, { take, after }) =>
      database.forTenant(scope.tenantId, (transaction) => latestFiles(transaction, scope, after, take)),
    day: async (tenantId, day) => {
      await database.forTenant(tenantId, (transaction) => awaitChange(transaction, tenantId, day))
      return database.forTenant(tenantId, (transaction) => ledgerDay(transaction, tenantId, day), {
        isolationLevel: 'RepeatableRead',
      })
    },
    index: (tenantId) => database.forTenant(tenantId, (transaction) => ledgerIndex(transaction, tenantId)),
    watermarks: async (tenantId) => {
      const rows = await database.forTenant(tenantId, (transaction) =>
        transaction.watermark.findMany({ where: { tenantId }, include: { delivery: true } }),
      )
      return new Map(rows.map(({ entity, to, delivery }) => [entity, { to, sequence: delivery.sequence }]))
    },
  })
}

function condition({ tenantId, day }: LedgerScope): Prisma.Sql {
  return Prisma.sql`published_at IS NOT NULL AND tenant_id = ${tenantId}
    ${day === undefined ? Prisma.empty : Prisma.sql`AND day = ${isoDay(day)}::date`}`
}

async function totals(database: Transaction, scope: LedgerScope): Promise<{ files: number; bytes: number }> {
  const [found] = await database.$queryRaw<{ files: bigint; bytes: string }[]>`
    SELECT count(*) AS files, coalesce(sum(bytes), 0)::text AS bytes FROM (
      SELECT DISTINCT ON (tenant_id, day, entity) bytes FROM delivery
      WHERE ${condition(scope)} ORDER BY tenant_id, day, entity, revision DESC) AS latest`
  return { files: Number(found?.files), bytes: Number(found?.bytes) }
}

async function latestFiles(
  database: Transaction,
  scope: LedgerScope,
  after: Delivery | undefined,
  take: number,
): Promise<Delivery[]> {
  const beyond = after
    ? Prisma.sql`AND (tenant_id, day, entity) > (${after.tenantId}, ${isoDay(after.day)}::date, ${after.entity})`
    : Prisma.empty
  const latest = await database.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT ON (tenant_id, day, entity) id::text FROM delivery
    WHERE ${condition(scope)} ${beyond} ORDER BY tenant_id, day, entity, revision DESC LIMIT ${take}`
  const rows = await database.delivery.findMany({ where: { id: { in: latest.map(({ id }) => id) } } })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return latest.flatMap(({ id }) => {
    const row = byId.get(id)
    return row ? [deliveryFromRow(row, null)] : []
  })
}

/** Waits until a transaction that renames the day's manifest, or removes its files, has ended. */
async function awaitChange(transaction: Transaction, tenantId: string, day: Date): Promise<void> {
  await transaction.$queryRaw`
    SELECT 1 FROM manifest WHERE tenant_id = ${tenantId} AND day = ${isoDay(day)}::date FOR SHARE`
}

const mostFilesOfDay = 10_000

async function ledgerDay(transaction: Transaction, tenantId: string, day: Date): Promise<LedgerDay> {
  const files = await latestFiles(transaction, { tenantId, day }, undefined, mostFilesOfDay)
  const lost = await lostFiles(transaction, files)
  const manifest = await transaction.manifest.findUnique({ where: { tenantId_day: { tenantId, day } } })
  const run = await transaction.run.findFirst({
    where: { tenantId, status: 'RUNNING' },
    include: { entities: { where: onDay(day) } },
  })
  const writing = await transaction.runEntity.findMany({
    where: { tenantId, hiddenPaths: { isEmpty: false }, run: { status: 'RUNNING' } },
  })
  return {
    files: files.filter((file) => removalOf(file, manifest) === null && !lost.has(file.id)),
    manifest: manifest ? { ...manifest, bytes: manifest.bytes === null ? null : Number(manifest.bytes) } : undefined,
    runUnderWay: run && (run.entities.length > 0 || manifest?.pending) ? run.id : undefined,
    hiddenPathsInUse: writing.flatMap(({ hiddenPaths }) => hiddenPaths),
  }
}
