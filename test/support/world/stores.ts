import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createStores, type Stores as ComposedStores } from '../../../src/compose/database.js'
import { openDatabase } from '../../../src/database/client.js'
import type { StoredRegistration } from '../../../src/database/unit-of-work/tenant-registration.js'
import type { NewRun } from '../../../src/database/unit-of-work/tenant-runs.js'
import type { PlannedEntity, RunEnd } from '../../../src/database/run-store.js'
import { type AuthorizedKeys, createAuthorizedKeys } from '../../../src/database/sftp-key-store.js'
import { deliveryPath } from '../../../src/domain/delivery-path.js'
import { defaultFileFormat } from '../../../src/domain/file-format.js'
import type { WrittenFile } from '../../../src/domain/delivery.js'
import type { Claim, EntityWindow, Intent, Published } from '../../../src/domain/publication.js'
import type { Registration } from '../../../src/domain/registration.js'
import type { Run } from '../../../src/domain/run.js'
import type { SftpKey } from '../../../src/domain/sftp-key.js'
import type { Load } from '../../../src/domain/window.js'
import { createMigratedDatabase } from '../postgres/postgres.js'

export interface Stores extends ComposedStores, AsyncDisposable {
  /** For the owner of the tables, and for the service. */
  readonly url: string
  readonly serviceUrl: string
  readonly authorizedKeys: AuthorizedKeys
  /** Asks the database behind the stores' backs. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** Another connection to it, in Tidemark's schema. The test ends it. */
  connect(): Promise<pg.Client>
}

/** The real stores over an empty database of the test's own. */
export async function openStores(): Promise<Stores> {
  const { url, serviceUrl, [Symbol.asyncDispose]: drop } = await createMigratedDatabase()
  const database = openDatabase({ url: serviceUrl, poolSize: 10 })
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, options: '-c search_path=tidemark' })
    await client.connect()
    return client
  }
  const asker = await connect()
  return {
    url,
    serviceUrl,
    ...createStores(database),
    authorizedKeys: createAuthorizedKeys(database),
    query: async (sql, values) => (await asker.query<Record<string, unknown>>(sql, values)).rows,
    connect,
    [Symbol.asyncDispose]: async () => {
      await asker.end()
      await database.close()
      await drop()
    },
  }
}

/** A tenant that no other test knows. */
export function newTenant(): string {
  return `t-${randomUUID()}`
}

export function aNewRun(tenantId: string, overrides: Partial<NewRun> = {}): NewRun {
  const to = overrides.to ?? new Date('2026-11-23T00:00:00Z')
  return {
    id: randomUUID(),
    tenantId,
    workflowId: `export-${tenantId}-${to.toISOString()}`,
    trigger: 'SCHEDULED',
    to,
    requestedBy: null,
    ...overrides,
  }
}

/** The workflow of a run that was asked for tells its worker to begin it. */
export function asBegun({ id, tenantId, workflowId, trigger, to }: Run): NewRun {
  return { id, tenantId, workflowId, trigger, to, requestedBy: null }
}

export const firstLoad: Load = { mode: 'FULL', reason: 'FIRST' }

export function aPlan(...entities: (string | PlannedEntity)[]) {
  const planned = entities.map((entity) =>
    typeof entity === 'string' ? { entity, load: firstLoad, previousDeliveryId: null } : entity,
  )
  return { registrationVersion: null, fileFormat: defaultFileFormat, entities: planned }
}

export const noTrouble: RunEnd = { cancelled: false, manifestPath: null, error: null, failures: [] }

/** What an attempt has written for that run. */
export function aFile(
  run: Pick<Run, 'tenantId' | 'to'>,
  entity: string,
  overrides: Partial<WrittenFile> = {},
): WrittenFile {
  const path = deliveryPath(run.tenantId, entity, run.to)
  return {
    path,
    format: defaultFileFormat,
    encryption: null,
    parts: null,
    rows: 3,
    sourceRows: overrides.rows ?? 3,
    irregular: [],
    sourceTypes: null,
    bytes: 99,
    sha256: 'ab'.repeat(32),
    snapshot: '900:905:901',
    systemIdentifier: '7000000000000000001',
    timeline: 1,
    columns: 'code:string',
    ...overrides,
  }
}

export function windowOf({ id: runId, tenantId, to }: Run, entity: string): EntityWindow {
  return { runId, tenantId, entity, to }
}

/** What an attempt does once its hidden file is whole. */
export async function publishFile(
  { publications }: Pick<Stores, 'publications'>,
  claim: Claim,
  file: WrittenFile,
  rename: () => Promise<void> = async () => undefined,
): Promise<Published> {
  await publications.recordHiddenPaths(claim, [`${file.path}.part`])
  const intent = await intendFile({ publications }, claim, file)
  await rename()
  return recordIntent({ publications }, intent)
}

/** The intent of one file alone. */
export async function intendFile(
  { publications }: Pick<Stores, 'publications'>,
  claim: Claim,
  file: WrittenFile,
): Promise<Intent> {
  const [intent] = (await publications.intendAll([{ claim, file }])).intents
  if (!intent) throw new Error('the intent was not recorded')
  return intent
}

/** Records one intent alone. */
export async function recordIntent({ publications }: Pick<Stores, 'publications'>, intent: Intent): Promise<Published> {
  const [published] = await publications.recordAll([intent])
  if (!published) throw new Error('the file was not recorded')
  return published
}

/** Claims an entity of a run that has begun. */
export async function claimOf(
  stores: Pick<Stores, 'publications'>,
  run: Run,
  entity: string,
  attempt = 1,
): Promise<Claim> {
  const answer = await stores.publications.claim(windowOf(run, entity), attempt)
  if ('published' in answer) throw new Error(`${entity} is published already`)
  return answer.claim
}

/** A whole run that plans as planRun does and publishes one entity. Gives the run's id. */
export async function publishOnce(
  stores: Pick<Stores, 'deliveries' | 'publications' | 'runs'>,
  tenantId: string,
  entity: string,
  how: { to: Date; load?: Load; file?: Partial<WrittenFile> },
): Promise<string> {
  const watermark = (await stores.deliveries.watermarks(tenantId)).get(entity)
  const planned = { entity, load: how.load ?? firstLoad, previousDeliveryId: watermark?.deliveryId ?? null }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: how.to }), aPlan(planned))
  const claim = await claimOf(stores, run, entity)
  await publishFile(stores, claim, aFile(run, entity, how.file))
  await stores.runs.finish(run, noTrouble)
  return run.id
}

type Transacting = Pick<Stores, 'transact'>

/** Replaces a tenant's registration by what `decide` makes of the current one. Its schedule stays as it is. */
export function writeRegistration(
  { transact }: Transacting,
  tenantId: string,
  decide: (current: Registration | undefined) => Registration,
): Promise<StoredRegistration> {
  return transact(
    tenantId,
    async ({ registration }) => {
      const before = await registration.find()
      return registration.replace(before, decide(before?.registration))
    },
    { lock: 'registration' },
  )
}

/** Removes a tenant's registration. Its schedule stays as it is. */
export function dropRegistration({ transact }: Transacting, tenantId: string): Promise<void> {
  return transact(tenantId, ({ registration }) => registration.remove(), { lock: 'registration' })
}

export function queueRun({ transact }: Transacting, run: NewRun): Promise<boolean> {
  return transact(run.tenantId, ({ runs }) => runs.queue(run))
}

export function addSftpKey({ transact }: Transacting, tenantId: string, key: SftpKey): Promise<void> {
  return transact(tenantId, ({ sftpKeys }) => sftpKeys.add(key))
}

export function requestFullLoad(
  { transact }: Transacting,
  tenantId: string,
  entities: readonly string[],
): Promise<void> {
  return transact(tenantId, ({ watermarks }) => watermarks.requestFullLoad(entities))
}
