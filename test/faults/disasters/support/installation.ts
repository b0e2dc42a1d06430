import { ensureReader } from '../../../../dev/postgres/logins.js'
import { migrateSampleSource } from '../../../../src/compose/migration.js'
import type { Environment } from '../../../../src/config/env.js'
import { onTestFinished } from 'vitest'
import type { TokenAuthority } from '../../../support/api/token-authority.js'
import { eventually } from '../../../support/eventually.js'
import { holdTable } from '../../../support/postgres/hold-table.js'
import { createTestDatabase, testLogins } from '../../../support/postgres/postgres.js'
import type { Program } from '../../../support/programs/program.js'
import { backfillAt, type TestTenant } from '../../../support/world/tenant.js'
import { createWorld, type World } from '../../../support/world/world.js'
import { type Api, command, lastRelease, thisRelease, type Release, startApi, startWorker, stop } from './releases.js'
import { type RunAnswer, type TenantClient, tenantClient } from './tenant-client.js'

/** One API process and one worker, of a release that can be replaced. */
export interface Installation {
  readonly world: World
  clientOf(tenant: TestTenant): TenantClient
  /** Runs `migrate` of that release. */
  migrate(release: Release): Promise<string>
  /** Prepares the database for the programs of the last release. */
  migrateBack(): Promise<string>
  replaceWorker(release: Release): Promise<void>
  replaceApi(release: Release): Promise<void>
  stopWorker(): Promise<void>
  /** Has the schedule run as at that boundary, and waits for the end. */
  runAt(tenant: TestTenant, boundary: Date): Promise<RunAnswer>
  /** Starts a run that has published `site`, and is held while it reads `user`. */
  holdRun(tenant: TestTenant): Promise<{ readonly id: string; release(): Promise<void> }>
  /** Waits until a worker has found that it cannot continue the run. */
  cannotContinue(runId: string, reason: string): Promise<void>
}

/** An installation of that release, with an empty database. It is removed when the test is over. */
export async function install(release: Release, authority: TokenAuthority): Promise<Installation> {
  const database = await createTestDatabase()
  await migrateSampleSource(database.url)
  await ensureReader(database.url, testLogins.reader)
  const settings = { OAUTH_ISSUER: authority.issuer }
  const migrate = (of: Release, ...options: string[]) =>
    command(of, ['migrate', ...options], {
      ...settings,
      DATABASE_URL: database.serviceUrl,
      DATABASE_OWNER_URL: database.url,
    })
  await migrate(release)
  const world = await createWorld({ worker: false, database, environment: settings })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const environment: Environment = world.environment
  let api: Api = await startApi(release, environment)
  let worker: Program = await startWorker(release, environment)
  const clientOf = ({ id }: TestTenant) => tenantClient(id, authority, () => api.url)
  return {
    world,
    clientOf,
    migrate,
    migrateBack: () => migrate(thisRelease, '--back-to', lastRelease),
    stopWorker: () => stop(worker),
    replaceWorker: async (by) => {
      await stop(worker)
      worker = await startWorker(by, environment)
    },
    replaceApi: async (by) => {
      await stop(api)
      api = await startApi(by, environment)
    },
    runAt: async (tenant, boundary) => {
      await backfillAt(world, tenant.id, boundary)
      return clientOf(tenant).runUpTo(boundary)
    },
    holdRun: async (tenant) => {
      const held = await holdTable(world, 'user')
      const id = await clientOf(tenant).startRun()
      await eventually('the file of the other entity', async () => {
        const published = `run_id = '${id}' AND entity = 'site' AND status = 'PUBLISHED'`
        return (await world.own(`SELECT FROM tidemark.run_entity WHERE ${published}`)).length === 1
      })
      return { id, release: () => held.release() }
    },
    cannotContinue: async (runId, reason) => {
      const [run] = await world.own(`SELECT workflow_id FROM tidemark.run WHERE id = '${runId}'`)
      const workflow = world.temporal.workflow.getHandle(String(run?.['workflow_id']))
      await eventually(`a failed task of run ${runId}`, async () => {
        const { events } = await workflow.fetchHistory()
        return events?.some((each) => each.workflowTaskFailedEventAttributes?.failure?.message?.includes(reason))
      })
    },
  }
}
