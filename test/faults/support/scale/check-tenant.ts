import { createHash } from 'node:crypto'
import type pg from 'pg'
import { manifestPath } from '../../../../src/domain/delivery-path.js'
import type { Stores } from '../../../support/world/stores.js'
import { requireIndex } from './check-index.js'
import type { StoryKey } from './key.js'
import type { ModelRow } from './table-model.js'
import type { TenantStory } from './tenant-story.js'

/** A published file, as the ledger has it. */
interface LedgerRow {
  readonly id: string
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
  readonly bytes: number
  readonly sha256: string
  /** Such as `code:string,version:integer`. */
  readonly columns: string
  readonly isEncrypted: boolean
}

interface Checked {
  readonly pool: pg.Pool
  readonly stores: Stores
  readonly storyKey: StoryKey
}

/**
 * Holds everything that a tenant has been delivered against its source, the ledger and the manifests, after a run that
 * covered everything up to `to` and met no fault. @throws where an invariant is broken
 */
export async function checkTenant({ pool, stores, storyKey }: Checked, story: TenantStory, to: Date): Promise<void> {
  const { tenantId } = story
  const { rows: ledger } = await pool.query<LedgerRow>(
    `SELECT id, entity, day::text, path, mode, "from", "to", sequence, previous_sequence AS previous, revision, redelivered,
       rows::int AS rows, bytes::int AS bytes, sha256, columns, encryption IS NOT NULL AS "isEncrypted"
     FROM delivery WHERE tenant_id = $1 AND published_at IS NOT NULL ORDER BY entity, sequence, revision`,
    [tenantId],
  )
  const kept = lastOfEachDay(ledger)
  for (const entity of new Set(ledger.map((row) => row.entity))) {
    const files = kept.filter((row) => row.entity === entity)
    requireTiling(files)
    await requireRows(story, storyKey, files, to)
  }
  requireFiles(story, kept)
  await requireManifests(pool, story, kept)
  await requireIndex(pool, story)
  await requireWatermarks(pool, tenantId, ledger, to)
  await requireNothingOpen(stores, tenantId)
}

function fail(invariant: string, message: string): never {
  throw new Error(`${invariant}: ${message}`)
}

/** A later revision has taken the place of the file before. */
function lastOfEachDay(ledger: readonly LedgerRow[]): LedgerRow[] {
  const byRevision = ledger.toSorted((one, other) => one.revision - other.revision)
  const last = new Map(byRevision.map((row) => [`${row.entity} ${row.day}`, row]))
  return [...last.values()].toSorted((one, other) => one.to.getTime() - other.to.getTime())
}

/** I3. */
function requireTiling(files: readonly LedgerRow[]): void {
  let before: LedgerRow | undefined
  for (const file of files) {
    const which = `${file.entity} ${file.sequence} up to ${file.to.toISOString()}`
    if (file.mode === 'DELTA') {
      if (file.from?.getTime() !== before?.to.getTime()) fail('I3', `${which} begins at ${file.from?.toISOString()}`)
      if (file.previous !== before?.sequence) fail('I3', `${which} follows ${file.previous}`)
    }
    if (before && file.sequence <= before.sequence) fail('I3', `${which} comes after ${before.sequence}`)
    before = file
  }
}

/** I1 and I2: by key, in order, the files give the rows that the source has; no version of a row comes twice. */
async function requireRows(
  { disk, table }: TenantStory,
  storyKey: StoryKey,
  files: readonly LedgerRow[],
  to: Date,
): Promise<void> {
  let loaded = new Map<string, number>()
  let seen = new Set<number>()
  for (const file of files) {
    const { path, mode, rows } = file
    const content = rowsOf(file, await openFile(disk.files.get(path), file, storyKey))
    if (content.length !== rows) fail('I5', `${path} has ${content.length} rows, not ${rows}`)
    if (mode === 'FULL') [loaded, seen] = [new Map<string, number>(), new Set<number>()]
    for (const [code, version] of content) {
      if (seen.has(version)) fail('I2', `version ${version} of ${code} is in ${path} again`)
      seen.add(version)
      loaded.set(code, version)
    }
  }
  const [{ entity } = { entity: '' }] = files
  requireSame(entity, loaded, table.rows(entity), to)
}

function requireSame(
  entity: string,
  loaded: ReadonlyMap<string, number>,
  source: ReadonlyMap<string, ModelRow>,
  to: Date,
): void {
  for (const [code, { version, updatedAt }] of source) {
    const has = loaded.get(code)
    if (updatedAt < to && has !== version) fail('I1', `${entity} ${code} has version ${version}, delivered is ${has}`)
  }
  for (const code of loaded.keys()) if (!source.has(code)) fail('I1', `${entity} ${code} is not in the source`)
}

async function openFile(stored: Buffer | undefined, file: LedgerRow, key: StoryKey): Promise<Buffer> {
  if (!stored) return Buffer.of()
  return file.isEncrypted ? key.open(stored, file.sha256) : stored
}

/** I12: a file has the columns on record. */
function rowsOf({ path, columns }: LedgerRow, content: Buffer): [string, number][] {
  const [header, ...lines] = content.toString().trimEnd().split('\n')
  const names = columns.split(',').map((column) => column.split(':')[0])
  if (header !== names.join()) fail('I12', `${path} has the columns ${header}, not ${names.join()}`)
  return lines.map((line) => {
    const [code = '', version] = line.split(',')
    return [code, Number(version)]
  })
}

/** I4, I5 and I11: under final names lie the ledger's files, byte by byte, and the days' manifests; nothing else is there. */
function requireFiles({ disk }: TenantStory, kept: readonly LedgerRow[]): void {
  const expected = new Map(kept.map((file) => [file.path, file]))
  for (const [path, content] of disk.files) {
    if (path.endsWith('.part')) fail('I11', `${path} was left`)
    if (path.endsWith('/datapackage.json') || path.endsWith('/index.json') || path.endsWith('.yaml')) continue
    if (expected.get(path)?.sha256 !== sha256(content)) fail('I4', `${path} is no file of the ledger`)
    expected.delete(path)
  }
  for (const path of expected.keys()) fail('I4', `${path} is not there`)
}

interface ManifestRow {
  readonly path: string
  readonly pending: boolean
  readonly sha256: string | null
}

interface WatermarkRow {
  readonly entity: string
  readonly reached: Date
  readonly delivery_id: string
}

interface Resource {
  readonly entity: string
  readonly bytes: number
  readonly hash: string
  readonly rows: number
  readonly sequence: number
  readonly previous: number | null
  readonly revision: number
}

/** I5: each day has a manifest, which names every file of the day, and no other; the ledger knows it. */
async function requireManifests(pool: pg.Pool, { tenantId, disk }: TenantStory, kept: readonly LedgerRow[]) {
  const { rows } = await pool.query<ManifestRow>(`SELECT path, pending, sha256 FROM manifest WHERE tenant_id = $1`, [
    tenantId,
  ])
  const known = new Map(rows.map((row) => [row.path, row]))
  for (const day of new Set(kept.map((file) => file.day))) {
    const path = manifestPath(tenantId, new Date(day))
    const content = disk.files.get(path)
    if (!content) fail('I5', `${path} is not there`)
    const { pending, sha256: recorded } = known.get(path) ?? fail('I5', `${path} is not on record`)
    if (pending || recorded !== sha256(content)) fail('I5', `${path} is not the one on record`)
    const told = (JSON.parse(content.toString()) as { resources: Resource[] }).resources.map(inWords)
    const true_ = kept
      .filter((file) => file.day === day)
      .map((file) => inWords({ ...file, hash: `sha256:${file.sha256}` }))
    if (told.toSorted().join() !== true_.toSorted().join())
      fail('I5', `${path} tells ${told.join()}, not ${true_.join()}`)
  }
}

function inWords({ entity, bytes, hash, rows, sequence, previous, revision }: Resource): string {
  return [entity, bytes, hash, rows, sequence, previous, revision].join(' ')
}

/** I6: a watermark is the last file of its entity; here it is where the last run ended. */
async function requireWatermarks(pool: pg.Pool, tenantId: string, ledger: readonly LedgerRow[], to: Date) {
  const { rows } = await pool.query<WatermarkRow>(
    `SELECT entity, "to" AS reached, delivery_id FROM watermark WHERE tenant_id = $1`,
    [tenantId],
  )
  for (const { entity, reached, delivery_id: deliveryId } of rows) {
    const last = ledger.filter((row) => row.entity === entity && !row.redelivered).at(-1)
    if (last?.id !== deliveryId) fail('I6', `the watermark of ${entity} is not its last file`)
    if (reached.getTime() !== to.getTime()) fail('I6', `${entity} stands at ${reached.toISOString()}`)
  }
}

async function requireNothingOpen(stores: Stores, tenantId: string): Promise<void> {
  const intents = await stores.publications.pendingIntents(tenantId)
  if (intents.length > 0) fail('I6', `${intents[0]!.path} is still to be settled`)
  const open = await stores.runs.unfinished(tenantId)
  if (open.length > 0) fail('I9', `run ${open[0]!.id} is ${open[0]!.status}`)
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
