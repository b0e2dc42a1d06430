import { expect } from 'vitest'
import { eventStep } from '../../../src/domain/ledger-gap.js'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

interface EventRow {
  readonly number: number
  readonly type: string
  readonly data: {
    readonly runId?: string
    readonly completedAfterEnd?: boolean
    readonly entities?: readonly { readonly entity: string; readonly to: string; readonly revision: number }[]
  }
}

const ofFiles = ['export.files.delivered', 'export.files.redelivered']

/** I13: each run that has ended has exactly its events, whatever died meanwhile, and each file is in one of them. */
export async function runsHaveTheirEvents(world: World, { id }: TestTenant): Promise<void> {
  const events = await world.sql<EventRow>(
    'SELECT number::int AS number, type, data FROM tidemark.event WHERE tenant_id = $1 ORDER BY number',
    [id],
  )
  // After a restore of the ledger, numbers continue after a large step.
  expect(
    events.map(({ number }) => number % eventStep),
    'I13',
  ).toEqual(events.map((_, index) => index + 1))
  const runs = await world.sql<{ id: string; status: string; files: string[] }>(
    `SELECT r.id, r.status::text AS status, ARRAY(
       SELECT d.entity || ' ' || d.revision FROM tidemark.delivery d
       WHERE d.run_id = r.id AND d.published_at IS NOT NULL ORDER BY 1) AS files
     FROM tidemark.run r WHERE r.tenant_id = $1 AND r.finished_at IS NOT NULL`,
    [id],
  )
  for (const run of runs) {
    const own = events.filter(({ data }) => data.runId === run.id)
    const count = (...types: string[]) => own.filter(({ type }) => types.includes(type)).length
    const delivered = own.filter(({ type }) => ofFiles.includes(type))
    const files = delivered
      .flatMap(({ data }) => data.entities ?? [])
      .map(({ entity, revision }) => `${entity} ${revision}`)
    expect(files.toSorted(), `I13: files of run ${run.id}`).toEqual(run.files.toSorted())
    const atEnd = delivered.filter(({ data }) => data.completedAfterEnd === false)
    expect(atEnd.length, `I13: run ${run.id}`).toBeLessThanOrEqual(1)
    const failures = ['FAILED', 'PARTIALLY_FAILED'].includes(run.status) ? 1 : 0
    expect(count('export.failed'), `I13: failures of run ${run.id}`).toBe(failures)
    expect(count('export.recovered'), `I13: run ${run.id}`).toBeLessThanOrEqual(run.status === 'SUCCEEDED' ? 1 : 0)
  }
  recoveriesFollowTroubles(events)
}

function recoveriesFollowTroubles(events: readonly EventRow[]): void {
  let isTroubled = false
  for (const { number, type } of events) {
    if (type === 'export.failed' || type === 'export.overdue') isTroubled = true
    if (type !== 'export.recovered') continue
    expect(isTroubled, `I13: event ${number} recovers nothing`).toBe(true)
    isTroubled = false
  }
}
