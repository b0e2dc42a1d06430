import type { Run } from '../domain/run.js'
import type { Transaction } from './client.js'
import { between, type PageRequest, pageQuery } from './pages.js'
import { runFromRow } from './run-rows.js'

/** Which runs of a tenant: in any of these states, queued in [from, to). */
export interface RunFilter {
  readonly status?: readonly Run['status'][] | null | undefined
  readonly from?: Date | null | undefined
  readonly to?: Date | null | undefined
}

export const inOrder = [{ entity: 'asc' as const }, { to: 'asc' as const }]
export const withEntities = { entities: { orderBy: inOrder } }

export async function pageOfRuns(
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
