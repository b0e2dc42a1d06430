import { randomUUID } from 'node:crypto'
import { deliveryPath } from '../../domain/delivery-path.js'
import { hiddenPath } from '../../domain/hidden-name.js'
import type { RunEntityModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { Claim, EntityWindow, Published } from '../../domain/publication.js'
import { fileFormatFromJson } from '../format-rows.js'
import { intentOf } from './intents.js'
import { keyOf, superseded, updateClaimed } from './locks.js'
import { pastWindow } from '../deliveries/past-windows.js'
import { extentFromRow } from '../run-rows.js'

/** Takes the right to publish a window from any earlier attempt. */
export async function claim(
  transaction: Transaction,
  window: EntityWindow,
  attempt: number,
  hiddenName?: string,
): Promise<{ claim: Claim } | { published: Published }> {
  const id = randomUUID()
  const { runId, tenantId, entity, to } = window
  // Changing the row locks it. An earlier attempt can change nothing from here on.
  const [row] = await transaction.runEntity.updateManyAndReturn({
    where: { runId, entity, to, status: { in: ['PENDING', 'RUNNING'] } },
    data: { claim: id, attempts: attempt, status: 'RUNNING' },
  })
  if (!row) return { published: await publishedBefore(transaction, window) }
  const { base, format, leftovers, hasIntent } = await contextOf(transaction, window, row)
  const intent = hasIntent ? await intentOf(transaction, window, id) : null
  // Where nothing has to be removed or settled first, this saves a call that puts the first file's hidden name on record.
  const noted = leftovers.length === 0 ? [hiddenPath(deliveryPath(tenantId, entity, to, format), id, hiddenName)] : []
  await transaction.runEntity.update({
    where: keyOf(window),
    data: { startedAt: row.startedAt ?? new Date(), ...(noted.length > 0 && { hiddenPaths: noted }) },
  })
  return {
    claim: {
      ...window,
      id,
      attempt,
      extent: extentFromRow(row),
      base,
      redelivers: row.redelivers === null ? null : await pastWindow(transaction, row.redelivers),
      leftovers,
      noted,
      format,
      intent,
    },
  }
}

/** @throws SUPERSEDED where the window has ended without a publication. */
async function publishedBefore(transaction: Transaction, window: EntityWindow): Promise<Published> {
  const row = await transaction.runEntity.findUnique({ where: keyOf(window) })
  if (!row) throw superseded(window, 'it is not on record')
  if (row.status !== 'PUBLISHED') throw superseded(window, `it has ended as ${row.status}`)
  return publishedFromRow(row)
}

/**
 * What an attempt must know beside its row. Leftovers are those of other runs and of this window. Hidden files of the run's
 * other windows may be in use at this moment. A run that was planned before there were file formats has the default.
 */
async function contextOf(
  transaction: Transaction,
  { tenantId, entity, runId, to }: EntityWindow,
  { redelivers, mode, previousDeliveryId }: RunEntityModel,
): Promise<Pick<Claim, 'base' | 'format' | 'leftovers'> & { hasIntent: boolean }> {
  // The source is that of the file that a delta follows, or of the first file of a window that is delivered again.
  const baseId = redelivers ?? (mode === 'DELTA' ? previousDeliveryId : null)
  // The condition on hidden_paths is written as in the partial index. Prisma would write it in another way.
  const [row] = await transaction.$queryRaw<Context[]>`
    SELECT run.file_format AS format, base.system_identifier AS "systemIdentifier", base.timeline,
      ARRAY(SELECT unnest(hidden_paths) FROM run_entity
        WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}'
          AND (run_id <> ${runId}::uuid OR "to" = ${to})) AS leftovers,
      EXISTS (SELECT FROM delivery
        WHERE run_id = run.id AND entity = ${entity} AND "to" = ${to} AND published_at IS NULL) AS "hasIntent"
    FROM run LEFT JOIN delivery AS base ON base.id = ${baseId}::uuid WHERE run.id = ${runId}::uuid`
  if (!row) throw new Error(`run ${runId} is not on record, though its entities are`)
  const { format, systemIdentifier, timeline, leftovers, hasIntent } = row
  const base = systemIdentifier === null ? null : { systemIdentifier, timeline }
  return { base, format: fileFormatFromJson(format), leftovers, hasIntent }
}

interface Context {
  readonly format: unknown
  /** Null where there is no base. */
  readonly systemIdentifier: string | null
  readonly timeline: number | null
  readonly leftovers: string[]
  readonly hasIntent: boolean
}

export async function noteHiddenFiles(transaction: Transaction, held: Claim, hidden: readonly string[]): Promise<void> {
  await updateClaimed(transaction, held, held.id, { hiddenPaths: [...hidden] })
  const { tenantId, entity, leftovers: gone } = held
  if (gone.length === 0) return
  await transaction.$executeRaw`
    UPDATE run_entity SET hidden_paths = ARRAY(SELECT path FROM unnest(hidden_paths) AS path WHERE path <> ALL (${gone}))
    WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}' AND hidden_paths && ${gone}`
}

function publishedFromRow(row: RunEntityModel): Published {
  return {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    path: row.path ?? '',
    revision: row.revision ?? 0,
  }
}
