import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { inject } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load.js'
import { composeWorker, type WorkerOverrides } from '../../../src/compose/worker.js'
import { type Config, loadConfig } from '../../../src/config/config.js'
import type { Environment } from '../../../src/config/env.js'
import { scheduleId } from '../../../src/contracts.js'
import type { Catalog } from '../../../src/domain/entity.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { createMigratedDatabase, type DatabaseUrls, type TestDatabase } from '../postgres/postgres.js'
import { type SftpPlace, startEmbeddedSftp } from '../sftp/sftp-place.js'
import { createTenant, type TenantOptions, type TestTenant } from './tenant.js'
import { openUseCases, type UseCases } from './use-cases.js'

export interface WorldOptions {
  /** Variables that differ from those of the world. */
  readonly environment?: Environment
  /** A database of the test's own, with all tables; one of the test run's where it is not given. */
  readonly database?: DatabaseUrls
  /** The embedded server where it is not given. */
  readonly sftp?: (folder: string) => Promise<SftpPlace>
  /** False: the test starts its workers itself. */
  readonly worker?: boolean
}

/** What runs need, for the tests of one file: a database, an SFTP server, a task queue and a worker of its own. */
export interface World extends AsyncDisposable {
  /** A temporary folder, removed with the world. */
  readonly folder: string
  /** What a process of its own needs to be a worker or an API of this world. */
  readonly environment: Environment
  readonly config: Config
  /** The source for its owner, who may write. */
  readonly sourceUrl: string
  /** Tidemark's own database for its owner, who sees all tenants. */
  readonly ownerUrl: string
  readonly catalog: Catalog
  readonly temporal: Client
  readonly sftp: SftpPlace
  readonly useCases: UseCases
  /** Everything that the workers of this process have logged. */
  readonly log: () => string
  /** Asks the source database. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Asks Tidemark's own database as its owner, who sees all tenants. */
  own(text: string): Promise<pg.QueryResultRow[]>
  /** A connection of the caller's own to the source, closed with the world. */
  connect(): Promise<pg.Client>
  /** A tenant that no other test has, with rows in the source. */
  tenant(options?: TenantOptions): Promise<TestTenant>
  /** One more worker; it is also stopped with the world. */
  startWorker(
    environment?: Environment,
    overrides?: Pick<WorkerOverrides, 'onStep' | 'pace' | 'webhooks'>,
  ): Promise<RunningWorker>
  /** Stops all workers of this process, as a deployment does: by request, with a time of grace. */
  stopWorkers(): Promise<void>
}

export interface RunningWorker {
  stop(): Promise<void>
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-world-'))
  const database = options.database ?? (await createMigratedDatabase())
  const sftp = await (options.sftp ?? startEmbeddedSftp)(folder)
  const environment: Environment = {
    DATABASE_URL: database.serviceUrl,
    SOURCE_DATABASE_URL: database.readerUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_TASK_QUEUE: `world-${randomBytes(6).toString('hex')}`,
    OAUTH_ISSUER: 'http://127.0.0.1:9/nobody',
    // Most tests are about one file. Those about files that are exported together say so.
    EXPORT_FILES_TOGETHER: '1',
    ...sftp.environment,
    ...options.environment,
  }
  const config = loadConfig(environment)
  const sourceUrl = options.environment?.['SOURCE_DATABASE_URL'] ?? database.url
  const connection = await Connection.connect({ address: config.temporal.address, tls: config.temporal.tls })
  const temporal = new Client({ connection, namespace: config.temporal.namespace })
  const clients: pg.Client[] = []
  const tenants: TestTenant[] = []
  const workers = new Set<RunningWorker>()
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: sourceUrl })
    await client.connect()
    // A test may have its connections ended.
    client.on('error', () => undefined)
    clients.push(client)
    return client
  }
  const catalog = await loadCatalog(config.catalogFile)
  const useCases = await openUseCases(config, logger)
  // A test may have its connections ended: then the next question goes over a new one.
  const asker = new pg.Pool({ connectionString: sourceUrl, max: 1 })
  asker.on('error', () => undefined)
  const stopWorkers = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.stop()))
  }
  const world: World = {
    folder,
    environment,
    config,
    sourceUrl,
    ownerUrl: database.url,
    catalog,
    temporal,
    sftp,
    useCases,
    log: () => lines.join(''),
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await asker.query<Row>(text, values)).rows,
    own: async (text) => {
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      try {
        return (await client.query<pg.QueryResultRow>(text)).rows
      } finally {
        await client.end()
      }
    },
    connect,
    tenant: async (tenantOptions = {}) => {
      const tenant = await createTenant(world, tenantOptions)
      tenants.push(tenant)
      return tenant
    },
    startWorker: async (different = {}, overrides = {}) => {
      const workflowBundle = inject('workflowBundle')
      const worker = await composeWorker(loadConfig({ ...environment, ...different }), {
        logger,
        workflowBundle,
        ...overrides,
      })
      const ended = worker.run()
      const running: RunningWorker = {
        stop: async () => {
          if (!workers.delete(running)) return
          worker.stop()
          try {
            await ended
          } finally {
            await worker[Symbol.asyncDispose]()
          }
        },
      }
      workers.add(running)
      return running
    },
    stopWorkers,
    [Symbol.asyncDispose]: async () => {
      await stopWorkers()
      await Promise.all(tenants.map(({ id }) => removeSchedule(temporal, id)))
      await useCases[Symbol.asyncDispose]()
      await Promise.all([...clients, asker].map((each) => each.end()))
      await connection.close()
      await sftp[Symbol.asyncDispose]()
      if (Symbol.asyncDispose in database) await (database as TestDatabase)[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
  if (options.worker !== false) await world.startWorker()
  return world
}

/** Tenants that never registered have none. */
export async function removeSchedule(temporal: Client, tenantId: string): Promise<void> {
  await temporal.schedule
    .getHandle(scheduleId(tenantId))
    .delete()
    .catch(() => undefined)
}
