import { randomUUID } from 'node:crypto'
import { isoDay } from '../../domain/delivery-path.js'
import type { WrittenFile } from '../../domain/delivery.js'
import type { Claim, Intent } from '../../domain/publication.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { Transaction } from '../client.js'
import { fileEncryptionToRow } from '../encryption-rows.js'
import { partsToJson } from '../format-rows.js'
import { loadToRow } from '../run-rows.js'
import { intentFromRow, type Revision, revisionsOf } from './intent-rows.js'
import { lockClaimed, type LockedRow, superseded } from './locks.js'
import { announceChange } from './manifests.js'

interface Written {
  readonly claim: Claim
  readonly file: WrittenFile
}

/**
 * Records what is about to be published, before the files get their final names. The last statement waits for a transaction
 * that removes the day's files or publishes its manifest.
 */
export async function intendAll(
  transaction: Transaction,
  written: readonly Written[],
): Promise<{ readonly intents: Intent[]; readonly manifest: string | undefined }> {
  const [first] = written
  if (!first) return { intents: [], manifest: undefined }
  const claims = written.map(({ claim }) => claim)
  const locked = await lockClaimed(transaction, claims, first.claim.id)
  await requirePlannedWatermarks(transaction, claims, locked)
  const earlier = await revisionsOf(transaction, claims)
  const last = await lastFiles(transaction, claims)
  const rows = await transaction.delivery.createManyAndReturn({
    data: written.map((each) => {
      const { entity } = each.claim
      return rowOf(each, placeInLedger(each, revisionsOfEntity(earlier, entity), last.get(entity)))
    }),
  })
  const manifest = await announceChange(transaction, first.claim.tenantId, first.claim.day)
  const intents = claims.map(({ id, entity }) => {
    const row = rows.find((each) => each.entity === entity)
    if (!row) throw new Error(`the intent of ${entity} was not recorded`)
    const hiddenPaths = locked.get(entity)?.hiddenPaths ?? []
    return intentFromRow(row, id, hiddenPaths, revisionsOfEntity(earlier, entity))
  })
  return { intents, manifest }
}

function rowOf({ claim, file }: Written, place: PlaceInLedger): Prisma.DeliveryCreateManyInput {
  const { runId, tenantId, entity, day, to, load, redelivers, attempt } = claim
  const { path, format, parts, irregular, sourceTypes, encryption, content, ...written } = file
  return {
    id: randomUUID(),
    runId,
    tenantId,
    entity,
    day,
    to,
    path,
    format: { ...format },
    ...fileEncryptionToRow({ encryption, ...(content && { content }) }),
    ...(parts && { parts: partsToJson(parts) }),
    irregular: [...irregular],
    ...(sourceTypes && { sourceTypes }),
    ...loadToRow(load),
    ...written,
    ...place,
    redelivered: redelivers !== null,
    attempts: attempt,
    intendedAt: new Date(),
  }
}

/** Before anything is renamed, each watermark must still be the one that the run was planned with, and must not go back. */
async function requirePlannedWatermarks(
  transaction: Transaction,
  claims: readonly Claim[],
  locked: ReadonlyMap<string, LockedRow>,
): Promise<void> {
  const moving = claims.filter(({ redelivers }) => !redelivers)
  const [first] = moving
  if (!first) return
  const entities = moving.map(({ entity }) => entity)
  const watermarks = await transaction.watermark.findMany({
    where: { tenantId: first.tenantId, entity: { in: entities } },
  })
  for (const claim of moving) {
    const watermark = watermarks.find(({ entity }) => entity === claim.entity)
    if ((watermark?.deliveryId ?? null) !== (locked.get(claim.entity)?.previousDeliveryId ?? null)) {
      throw superseded(claim, 'the watermark has been moved by another run')
    }
    if (watermark && claim.to < watermark.to) throw superseded(claim, 'the entity is published up to a later time')
  }
}

/** Null: the ledger has no file of the entity, or its chain was never broken. */
interface LastFile {
  readonly sequence: number | null
  readonly schemaVersion: number | null
  readonly columns: string | null
  readonly usedSequence: number | null
  readonly usedSchemaVersion: number | null
  /** Of the day. */
  readonly usedRevision: number | null
}

/**
 * The last file that the ledger has of each entity, published or intended, and the numbers that files which the ledger lacks have
 * used: see domain/ledger-gap.
 */
async function lastFiles(transaction: Transaction, claims: readonly Claim[]): Promise<ReadonlyMap<string, LastFile>> {
  const [first] = claims
  if (!first) return new Map()
  const { tenantId, day } = first
  const entities = claims.map(({ entity }) => entity)
  const rows = await transaction.$queryRaw<(LastFile & { readonly entity: string })[]>`
    SELECT wanted.entity, last.sequence, last.schema_version AS "schemaVersion", last.columns,
      used.sequence AS "usedSequence", used.schema_version AS "usedSchemaVersion",
      CASE WHEN ${isoDay(day)}::date <= used.through THEN used.revision END AS "usedRevision"
    FROM unnest(${entities}::text[]) AS wanted(entity)
    LEFT JOIN LATERAL (
      SELECT sequence, schema_version, columns FROM delivery
      WHERE tenant_id = ${tenantId} AND entity = wanted.entity
      ORDER BY sequence DESC, revision DESC LIMIT 1) AS last ON true
    LEFT JOIN chain_break AS used ON used.tenant_id = ${tenantId} AND used.entity = wanted.entity`
  return new Map(rows.map((row) => [row.entity, row]))
}

interface PlaceInLedger {
  readonly revision: number
  readonly sequence: number
  readonly schemaVersion: number
}

/** Revision, sequence and schema version: each follows what the ledger has of the entity. */
function placeInLedger(
  { claim: { redelivers }, file: { columns } }: Written,
  earlier: readonly Revision[],
  last: LastFile | undefined,
): PlaceInLedger {
  return {
    revision: 1 + Math.max(last?.usedRevision ?? 0, ...earlier.map(({ revision }) => revision)),
    sequence: redelivers?.sequence ?? 1 + Math.max(last?.sequence ?? 0, last?.usedSequence ?? 0),
    schemaVersion: schemaVersionOf(columns, last),
  }
}

/** The columns of a version that the ledger lacks are unknown, so they count as different. */
function schemaVersionOf(columns: string, last: LastFile | undefined): number {
  const [known, used] = [last?.schemaVersion ?? 0, last?.usedSchemaVersion ?? 0]
  return used > known || last?.columns !== columns ? 1 + Math.max(known, used) : known
}

function revisionsOfEntity(revisions: readonly Revision[], entity: string): Revision[] {
  return revisions.filter((each) => each.entity === entity)
}
