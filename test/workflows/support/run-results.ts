import { expect } from 'vitest'
import type { Run } from '../../../src/domain/run.js'
import type { TestTenant } from '../../support/world/tenant.js'

/** Of each entity of a run: its mode, and why it is a full load. */
export function modes(run: Run | undefined): Record<string, [string, string | null]> {
  return Object.fromEntries(run?.entities.map((each) => [each.entity, [each.mode, each.fullLoadReason]]) ?? [])
}

/** From and to of an entity's window in a run. */
export function windowOf(run: Run | undefined, entity: string): (Date | null)[] | undefined {
  const from = run?.entities.find((each) => each.entity === entity)?.from
  return run && from !== undefined ? [from, run.to] : undefined
}

/** Every delivered entity equals the source, and the named ones have these numbers of rows. */
export function expectEqualToSource(
  comparisons: Awaited<ReturnType<TestTenant['compare']>>,
  rows: Readonly<Record<string, number>>,
): void {
  expect(comparisons.filter((each) => each.onlyInSource + each.onlyDelivered + each.miscounted > 0)).toEqual([])
  for (const [entity, count] of Object.entries(rows)) {
    expect(comparisons.find((each) => each.entity === entity)?.rows, entity).toBe(count)
  }
}
