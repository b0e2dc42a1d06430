import { type FilePart, filesOf } from '../../domain/delivery.js'
import type { EntityWindow, Intent } from '../../domain/publication.js'
import type { DeliveryModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { partsFromJson } from '../format-rows.js'

/** A file that the ledger has of an entity and a day: published, or intended. */
export type Revision = Pick<
  DeliveryModel,
  'id' | 'entity' | 'revision' | 'path' | 'parts' | 'rows' | 'bytes' | 'sha256' | 'publishedAt'
>

/** All revisions that the ledger has of the entities of windows of one day, and of that day. */
export async function revisionsOf(
  transaction: Transaction,
  windows: readonly (Pick<EntityWindow, 'tenantId' | 'entity'> & { readonly day: Date })[],
): Promise<Revision[]> {
  const [window] = windows
  if (!window) return []
  const { tenantId, day } = window
  return transaction.delivery.findMany({
    where: { tenantId, entity: { in: windows.map(({ entity }) => entity) }, day },
    select: {
      id: true,
      entity: true,
      revision: true,
      path: true,
      parts: true,
      rows: true,
      bytes: true,
      sha256: true,
      publishedAt: true,
    },
  })
}

export function intentFromRow(
  row: DeliveryModel,
  claimId: string,
  hiddenPaths: readonly string[],
  ofDay: readonly Revision[],
): Intent {
  const { id, runId, tenantId, entity, to, day, path, revision } = row
  const numbers = { rows: Number(row.rows), bytes: Number(row.bytes), sha256: row.sha256, revision }
  const before = ofDay.filter((each) => each.id !== id)
  const files = filesOfRow(row).map((file, index) => ({
    ...file,
    // An earlier release could remove the path from the record before the intent was completed or discarded.
    hiddenPath: hiddenPaths[index] ?? null,
    isSizeAmbiguous: before.flatMap(filesOfRow).some((earlier) => hasSameSize(earlier, file)),
  }))
  const paths = new Set(files.map((file) => file.path))
  const obsoletePaths = [...new Set(before.flatMap(pathsOf))].filter((each) => !paths.has(each))
  return { deliveryId: id, runId, tenantId, entity, to, day, claimId, path, files, obsoletePaths, ...numbers }
}

export function pathsOf(revision: Revision): string[] {
  return filesOfRow(revision).map(({ path }) => path)
}

/** The files of a row of the ledger. The hidden paths are on record in the same order. */
function filesOfRow({
  path,
  parts,
  rows,
  bytes,
  sha256,
}: Pick<Revision, 'path' | 'parts' | 'rows' | 'bytes' | 'sha256'>): readonly FilePart[] {
  return filesOf({ path, rows: Number(rows), bytes: Number(bytes), sha256, parts: partsFromJson(parts) })
}

/** Two contents of the same size under the same path. */
function hasSameSize(one: FilePart, other: FilePart): boolean {
  return one.path === other.path && one.bytes === other.bytes && one.sha256 !== other.sha256
}
