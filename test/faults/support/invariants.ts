import { expect } from 'vitest'
import { runsHaveTheirEvents } from './run-events.js'
import { readBySecondReader } from './second-reader.js'
import { writtenState } from './written-state.js'
import { plainHistory } from '../../support/world/temporal-history.js'
import { indexOf } from '../../support/world/tenant-index.js'
import { csvRows, type TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** A delivery as the ledger has it. */
export interface LedgerRow {
  readonly entity: string
  readonly day: string
  readonly path: string
  readonly mode: 'FULL' | 'DELTA'
  readonly from: Date | null
  readonly to: Date
  readonly sequence: number
  readonly previous: number | null
  readonly revision: number
  readonly redelivered: boolean
  readonly rows: number
  readonly sha256: string
}

/** Everything that was ever published for a tenant, in the order of publication. */
export function ledgerOf(world: World, { id }: TestTenant): Promise<LedgerRow[]> {
  return world.sql<LedgerRow>(
    `SELECT entity, day::text, path, mode, "from", "to", sequence, previous_sequence AS previous, revision, redelivered,
       rows::int AS rows, sha256
     FROM tidemark.delivery WHERE tenant_id = $1 AND published_at IS NOT NULL ORDER BY published_at, sequence`,
    [id],
  )
}

/** What lies on the server: of each day and entity the latest revision. */
function lastRevisions(ledger: readonly LedgerRow[]): LedgerRow[] {
  return [...new Map(ledger.map((row) => [`${row.entity} ${row.day}`, row])).values()].toSorted(
    (one, other) => one.entity.localeCompare(other.entity) || one.to.getTime() - other.to.getTime(),
  )
}

/** I1: applying the delivered files in order, by key, gives the source. For when the last run covers everything. */
export async function filesGiveTheSource(tenant: TestTenant): Promise<void> {
  for (const { entity, ...found } of await tenant.compare()) {
    expect(found, `I1: ${entity}`).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
  }
}

/** I2: no version of a row (its key and time of change) lies in two files, but for a full load made again. */
export async function noVersionTwice(tenant: TestTenant): Promise<void> {
  const seen = new Map<string, string>()
  for (const { file, resource } of await tenant.delivered()) {
    if (resource.mode === 'full') continue
    for (const row of csvRows(file.content)) {
      const version = `${resource.entity} ${row['code']} ${row['updated_at']}`
      expect(seen.get(version), `I2: ${version} is in ${file.path}, too`).toBeUndefined()
      seen.set(version, file.path)
    }
  }
}

/** I3: the windows of each entity tile: each begins where the one that it follows ends. */
export async function windowsTile(world: World, tenant: TestTenant): Promise<void> {
  const ledger = await ledgerOf(world, tenant)
  const bySequence = new Map(ledger.map((row) => [`${row.entity} ${row.sequence}`, row]))
  let before: LedgerRow | undefined
  for (const row of lastRevisions(ledger)) {
    const which = `I3: ${row.entity} ${row.sequence} up to ${row.to.toISOString()}`
    if (row.mode === 'DELTA') {
      const follows = bySequence.get(`${row.entity} ${row.previous}`)
      expect(follows?.to, which).toEqual(row.from)
      expect(before?.entity, which).toBe(row.entity)
      expect(before?.sequence, which).toBe(row.previous)
    } else expect(row.previous, which).toBeNull()
    before = row
  }
}

/** I4: whoever polled the final names has seen nothing but files that the ledger knows. */
export async function onlyWholeFilesSeen(
  world: World,
  tenants: readonly TestTenant[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  for (const tenant of tenants) {
    const known = new Set((await ledgerOf(world, tenant)).map(({ path, sha256 }) => `${path} ${sha256}`))
    for (const [path, hashes] of seen) {
      if (!path.startsWith(`/exports/${tenant.id}/`)) continue
      for (const hash of hashes) expect(known, `I4: ${path}`).toContain(`${path} ${hash}`)
    }
  }
}

/** I5: each manifest names every file of its day, with its bytes, checksum and rows; and each day has one. */
export async function manifestsTellTheTruth(tenant: TestTenant): Promise<void> {
  for (const { file, resource } of await tenant.delivered()) {
    expect(csvRows(file.content), `I5: ${file.path}`).toHaveLength(resource.rows)
  }
}

/** I6: the watermark points at the last published file, which lies there. */
export async function watermarksAreCovered(world: World, tenant: TestTenant): Promise<void> {
  const delivered = await tenant.delivered()
  for (const [entity, { to, sequence }] of await world.useCases.deliveries.watermarks(tenant.id)) {
    const last = delivered.filter(({ resource }) => resource.entity === entity).at(-1)
    expect(last?.resource, `I6: ${entity}`).toMatchObject({ sequence, window: { to: to.toISOString() } })
  }
}

/** I7: every row of a file under a tenant's folder is that tenant's. */
export async function rowsAreTheTenants(tenant: TestTenant): Promise<void> {
  for (const { file } of await tenant.delivered()) {
    expect(file.path, 'I7').toMatch(new RegExp(`^/exports/${tenant.id}/`))
    for (const row of csvRows(file.content)) expect(row['tenant_code'], `I7: ${file.path}`).toBe(tenant.id)
  }
}

/** I8: publishing a published window again writes nothing: neither a file nor the ledger. */
export async function writesNothing(world: World, tenant: TestTenant, again: () => Promise<unknown>): Promise<void> {
  const before = await writtenState(world, tenant)
  await again()
  expect(await writtenState(world, tenant), 'I8').toEqual(before)
}

/** I9: no window has two writers: each place in the chain is taken once, each revision of a day is published once. */
export async function oneWriter(world: World, tenant: TestTenant): Promise<void> {
  const ledger = await ledgerOf(world, tenant)
  const first = ledger.filter(({ redelivered }) => !redelivered)
  expect(new Set(first.map(({ entity, sequence }) => `${entity} ${sequence}`)).size, 'I9').toBe(first.length)
  const revisions = ledger.map(({ entity, day, revision }) => `${entity} ${day} ${revision}`)
  expect(new Set(revisions).size, 'I9').toBe(ledger.length)
}

/** I10: nothing of what must stay secret is in the logs and the Temporal histories of a tenant's runs. */
export async function nothingLeaks(world: World, tenant: TestTenant, secrets: readonly string[]): Promise<void> {
  const histories = await Promise.all(
    (await tenant.allRuns()).map(({ workflowId }) => plainHistory(world.temporal, workflowId)),
  )
  for (const text of [...histories, world.log()]) {
    for (const secret of secrets) expect(text.includes(secret), `I10: ${secret.slice(0, 12)}…`).toBe(false)
  }
}

/** I11: no hidden file is left. For after the next run. */
export async function nothingHiddenLeft(tenant: TestTenant): Promise<void> {
  expect(await tenant.hiddenFiles(), 'I11').toEqual([])
}

/**
 * I12: a second reader, which is not Postgres' COPY, gets back exactly the source's values. For entities that are loaded
 * by their last full file and what came after.
 */
export async function csvRoundTrips(world: World, tenant: TestTenant): Promise<void> {
  for (const { entity, ...found } of await readBySecondReader(world, tenant)) {
    expect(found, `I12: ${entity}`).toEqual({ onlyInSource: 0, onlyDelivered: 0 })
  }
}

/** I14: the index lists what the ledger knows: each day's manifest with its checksum, and each entity's newest delivery. */
export async function indexTellsTheTruth(world: World, tenant: TestTenant): Promise<void> {
  const { days, entities, lastChange } = await indexOf(tenant)
  const manifests = await world.sql<{ day: string; revision: number; bytes: number; sha256: string }>(
    `SELECT day::text, revision, bytes::int AS bytes, sha256 FROM tidemark.manifest
     WHERE tenant_id = $1 AND revision > 0 AND present ORDER BY day`,
    [tenant.id],
  )
  const listed = days.filter(({ removed }) => !removed)
  expect(
    listed.map(({ day, revision, bytes, sha256 }) => ({ day, revision, bytes, sha256 })),
    'I14',
  ).toEqual(manifests)
  const changes = days.map(({ change }) => change)
  expect(new Set(changes).size, 'I14').toBe(changes.length)
  expect(Math.max(...changes), 'I14').toBeLessThanOrEqual(lastChange)
  const newest = new Map<string, LedgerRow>()
  for (const row of await ledgerOf(world, tenant)) {
    const known = newest.get(row.entity)
    const isNewer = !known || row.sequence > known.sequence
    if (isNewer || (row.sequence === known.sequence && row.revision > known.revision)) newest.set(row.entity, row)
  }
  const told = Object.entries(entities).map(([entity, { sequence, revision, day, path }]) => [
    entity,
    { sequence, revision, day, path },
  ])
  const true_ = [...newest].map(([entity, { sequence, revision, day, path }]) => [
    entity,
    { sequence, revision, day, path },
  ])
  expect(Object.fromEntries(told), 'I14').toEqual(Object.fromEntries(true_))
}

/** Everything that can be said of a tenant once all its runs have ended and the last one was due up to now. */
export async function holdAll(world: World, tenant: TestTenant): Promise<void> {
  await holdFiles(world, tenant)
  await runsHaveTheirEvents(world, tenant)
}

/** The same without its events, which runs of release 0.2.0 do not have. */
export async function holdFiles(world: World, tenant: TestTenant): Promise<void> {
  await manifestsTellTheTruth(tenant)
  await filesGiveTheSource(tenant)
  await noVersionTwice(tenant)
  await windowsTile(world, tenant)
  await watermarksAreCovered(world, tenant)
  await rowsAreTheTenants(tenant)
  await oneWriter(world, tenant)
  await nothingHiddenLeft(tenant)
  await indexTellsTheTruth(world, tenant)
}
