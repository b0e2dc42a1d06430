import { randomUUID } from 'node:crypto'
import { deliveryPath } from '../../domain/delivery-path.js'
import { hiddenPath } from '../../domain/hidden-name.js'
import type { RunEntityModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { Claim, EntityWindow, Published } from '../../domain/publication.js'
import { fileFormatFromJson } from '../format-rows.js'
import { intentOf } from './intents.js'
import { keyOf, superseded, updateClaimed } from './locks.js'
import { pastWindow } from '../deliveries/delivery-rows.js'
import { newAttempt } from '../run-progress.js'
import { loadFromRow } from '../run-rows.js'

/** Takes the right to publish a window from any earlier attempt. */
export async function takeClaim(
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
    data: { claim: id, attempts: attempt, status: 'RUNNING', ...newAttempt(new Date()) },
  })
  if (!row) return { published: await publishedBefore(transaction, window) }
  const { source, format, staleHiddenPaths, hasIntent } = await contextOf(transaction, window, row)
  const intent = hasIntent ? await intentOf(transaction, window, id) : null
  // If no hidden file has to be removed first, this saves the call that records the first file's hidden path.
  const first = hiddenPath(deliveryPath(tenantId, entity, to, format), id, hiddenName)
  const recordedHiddenPaths = staleHiddenPaths.length === 0 ? [first] : []
  await transaction.runEntity.update({
    where: keyOf(window),
    data: {
      startedAt: row.startedAt ?? new Date(),
      ...(recordedHiddenPaths.length > 0 && { hiddenPaths: recordedHiddenPaths }),
    },
  })
  return {
    claim: {
      ...window,
      id,
      attempt,
      load: loadFromRow(row),
      source,
      redelivers: row.redelivers === null ? null : await pastWindow(transaction, row.redelivers),
      staleHiddenPaths,
      recordedHiddenPaths,
      format,
      intent,
    },
  }
}

/** @throws SUPERSEDED if the window has ended without a publication. */
async function publishedBefore(transaction: Transaction, window: EntityWindow): Promise<Published> {
  const row = await transaction.runEntity.findUnique({ where: keyOf(window) })
  if (!row) throw superseded(window, 'it is not on record')
  if (row.status !== 'PUBLISHED') throw superseded(window, `it has ended as ${row.status}`)
  return publishedFromRow(row)
}

/**
 * What an attempt must know beside its row. Stale hidden files are those of other runs and of this window: hidden files of the
 * run's other windows may be in use now. A run that was planned before file formats existed has the default format.
 */
async function contextOf(
  transaction: Transaction,
  { tenantId, entity, runId, to }: EntityWindow,
  { redelivers, mode, previousDeliveryId }: RunEntityModel,
): Promise<Pick<Claim, 'source' | 'format' | 'staleHiddenPaths'> & { hasIntent: boolean }> {
  // A delta is read from the source of the file that it follows, a redelivery from the source of the first file.
  const earlierId = redelivers ?? (mode === 'DELTA' ? previousDeliveryId : null)
  // The condition on hidden_paths is written as in the partial index. Prisma would write it in another way.
  const [row] = await transaction.$queryRaw<Context[]>`
    SELECT run.file_format AS format, earlier.system_identifier AS "systemIdentifier", earlier.timeline,
      ARRAY(SELECT unnest(hidden_paths) FROM run_entity
        WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}'
          AND (run_id <> ${runId}::uuid OR "to" = ${to})) AS "staleHiddenPaths",
      EXISTS (SELECT FROM delivery
        WHERE run_id = run.id AND entity = ${entity} AND "to" = ${to} AND published_at IS NULL) AS "hasIntent"
    FROM run LEFT JOIN delivery AS earlier ON earlier.id = ${earlierId}::uuid WHERE run.id = ${runId}::uuid`
  if (!row) throw new Error(`run ${runId} is not on record, though its entities are`)
  const { format, systemIdentifier, timeline, staleHiddenPaths, hasIntent } = row
  const source = systemIdentifier === null ? null : { systemIdentifier, timeline }
  return { source, format: fileFormatFromJson(format), staleHiddenPaths, hasIntent }
}

interface Context {
  readonly format: unknown
  /** Null if there is no earlier file. */
  readonly systemIdentifier: string | null
  readonly timeline: number | null
  readonly staleHiddenPaths: string[]
  readonly hasIntent: boolean
}

export async function recordHiddenPaths(
  transaction: Transaction,
  held: Claim,
  paths: readonly string[],
): Promise<void> {
  await updateClaimed(transaction, held, held.id, { hiddenPaths: [...paths] })
  const { tenantId, entity, staleHiddenPaths: removed } = held
  if (removed.length === 0) return
  await transaction.$executeRaw`
    UPDATE run_entity SET hidden_paths = ARRAY(SELECT path FROM unnest(hidden_paths) AS path WHERE path <> ALL (${removed}))
    WHERE tenant_id = ${tenantId} AND entity = ${entity} AND hidden_paths <> '{}' AND hidden_paths && ${removed}`
}

function publishedFromRow(row: RunEntityModel): Published {
  return {
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    path: row.path ?? '',
    revision: row.revision ?? 0,
  }
}
