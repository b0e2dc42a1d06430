import { randomUUID } from 'node:crypto'
import { deliveryPath } from '../../domain/delivery-path.js'
import { hiddenPath } from '../../domain/hidden-name.js'
import type { RunEntityModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import type { WrittenColumns } from '../../domain/column-selection.js'
import type { Claim, Claimed, EntityWindow, Published } from '../../domain/publication.js'
import { encryptionFromJson } from '../encryption-rows.js'
import { fileFormatFromJson } from '../format-rows.js'
import { selectionFromJson } from '../selection-rows.js'
import { intentOf } from './intents.js'
import { keyOf, superseded, togetherOf, updateClaimed } from './locks.js'
import { pastWindow } from '../deliveries/delivery-rows.js'
import { newAttempt } from '../run-progress.js'
import { dayOfRow, loadFromRow } from '../run-rows.js'

/** Takes the right to publish the windows from any earlier attempts. All claims have one id. */
export async function takeClaims(
  transaction: Transaction,
  windows: readonly EntityWindow[],
  attempt: number,
  hiddenName?: string,
): Promise<Claimed[]> {
  const id = randomUUID()
  // Changing the rows locks them. An earlier attempt can change nothing from here on.
  const rows = await transaction.runEntity.updateManyAndReturn({
    where: { ...togetherOf(windows), status: { in: ['PENDING', 'RUNNING'] } },
    data: { claim: id, attempts: attempt, status: 'RUNNING', ...newAttempt(new Date()) },
  })
  const contexts = await contextsOf(transaction, windows, rows)
  const claimed: Claimed[] = []
  for (const window of windows) {
    const row = rows.find(({ entity }) => entity === window.entity)
    const context = contexts.get(window.entity)
    if (!row || !context) claimed.push({ published: await publishedBefore(transaction, window) })
    else claimed.push({ claim: await claimOf(transaction, { window, row, context, attempt, id, hiddenName }) })
  }
  await recordStarts(
    transaction,
    claimed.flatMap((each) => ('claim' in each ? [each.claim] : [])),
  )
  return claimed
}

interface Taken {
  readonly window: EntityWindow
  readonly row: RunEntityModel
  readonly context: Context
  readonly attempt: number
  readonly id: string
  readonly hiddenName: string | undefined
}

async function claimOf(
  transaction: Transaction,
  { window, row, context, attempt, id, hiddenName }: Taken,
): Promise<Claim> {
  const { tenantId, entity } = window
  const day = dayOfRow(row)
  const { systemIdentifier, timeline, staleHiddenPaths, hasIntent } = context
  const format = fileFormatFromJson(context.format)
  // If no hidden file has to be removed first, this saves the call that records the first file's hidden path.
  const encryption = encryptionFromJson(context.encryption)
  const first = hiddenPath(deliveryPath(tenantId, entity, day, format, 1, encryption), id, hiddenName)
  return {
    ...window,
    day,
    id,
    attempt,
    load: loadFromRow(row),
    source: systemIdentifier === null ? null : { systemIdentifier, timeline },
    previousColumns: row.redelivers === null ? previousColumns(context) : null,
    redelivers: row.redelivers === null ? null : await pastWindow(transaction, row.redelivers),
    staleHiddenPaths,
    recordedHiddenPaths: staleHiddenPaths.length === 0 ? [first] : [],
    format,
    encryption,
    ...selectionFromJson(context.columnSelection),
    intent: hasIntent ? await intentOf(transaction, { ...window, day }, id) : null,
  }
}

function previousColumns({ columns, catalogColumns }: Context): WrittenColumns | null {
  return columns === null ? null : { columns, catalogColumns }
}

/** The first attempt starts the window. Hidden paths of earlier attempts stay on record until their files are removed. */
async function recordStarts(transaction: Transaction, claims: readonly Claim[]): Promise<void> {
  const [first] = claims
  if (!first) return
  const paths = claims.map(({ entity, recordedHiddenPaths: [path] }) => ({ entity, path: path ?? null }))
  await transaction.$executeRaw`
    UPDATE run_entity AS r SET started_at = coalesce(r.started_at, ${new Date()}),
      hidden_paths = CASE WHEN p.path IS NULL THEN r.hidden_paths ELSE ARRAY[p.path] END
    FROM jsonb_to_recordset(${JSON.stringify(paths)}::jsonb) AS p(entity text, path text)
    WHERE r.run_id = ${first.runId}::uuid AND r."to" = ${first.to} AND r.entity = p.entity`
}

/** @throws SUPERSEDED if the window has ended without a publication. */
async function publishedBefore(transaction: Transaction, window: EntityWindow): Promise<Published> {
  const row = await transaction.runEntity.findUnique({ where: keyOf(window) })
  if (!row) throw superseded(window, 'it is not on record')
  if (row.status !== 'PUBLISHED') throw superseded(window, `it has ended as ${row.status}`)
  return publishedFromRow(row)
}

/**
 * What attempts must know beside their rows, by entity. Stale hidden files are those of other runs and of these windows: hidden
 * files of the run's other windows may be in use now. A run that was planned before file formats existed has the default
 * format.
 */
async function contextsOf(
  transaction: Transaction,
  windows: readonly EntityWindow[],
  rows: readonly RunEntityModel[],
): Promise<ReadonlyMap<string, Context>> {
  const [window] = windows
  if (!window || rows.length === 0) return new Map()
  const { tenantId, runId, to } = window
  const wanted = rows.map((row) => ({ entity: row.entity, earlier: earlierOf(row) }))
  // The condition on hidden_paths is written as in the partial index. Prisma would write it in another way.
  const found = await transaction.$queryRaw<(Context & { readonly entity: string })[]>`
    SELECT w.entity, run.file_format AS format, run.encryption, run.column_selection AS "columnSelection",
      earlier.system_identifier AS "systemIdentifier", earlier.timeline, earlier.columns, earlier.catalog_columns AS "catalogColumns",
      ARRAY(SELECT unnest(hidden_paths) FROM run_entity
        WHERE tenant_id = ${tenantId} AND entity = w.entity AND hidden_paths <> '{}'
          AND (run_id <> ${runId}::uuid OR "to" = ${to})) AS "staleHiddenPaths",
      EXISTS (SELECT FROM delivery
        WHERE run_id = run.id AND entity = w.entity AND "to" = ${to} AND published_at IS NULL) AS "hasIntent"
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(entity text, earlier uuid)
    JOIN run ON run.id = ${runId}::uuid
    LEFT JOIN delivery AS earlier ON earlier.id = w.earlier`
  if (found.length === 0) throw new Error(`run ${runId} is not on record, though its entities are`)
  return new Map(found.map((each) => [each.entity, each]))
}

/** A delta is read from the source of the file that it follows, a redelivery from the source of the first file. */
function earlierOf({ redelivers, mode, previousDeliveryId }: RunEntityModel): string | null {
  return redelivers ?? (mode === 'DELTA' ? previousDeliveryId : null)
}

interface Context {
  readonly format: unknown
  readonly encryption: unknown
  /** Null for all columns. */
  readonly columnSelection: unknown
  /** Null if there is no earlier file. */
  readonly systemIdentifier: string | null
  readonly timeline: number | null
  readonly columns: string | null
  readonly catalogColumns: string | null
  readonly staleHiddenPaths: string[]
  readonly hasIntent: boolean
}

export async function recordHiddenPaths(
  transaction: Transaction,
  held: Claim,
  paths: readonly string[],
): Promise<void> {
  await updateClaimed(transaction, [held], held.id, { hiddenPaths: [...paths] })
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
