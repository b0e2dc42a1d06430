import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import type { ActivityDependencies } from '../../activities/dependencies.js'
import { createActivities } from '../../activities/index.js'
import { loadCatalog } from '../../src/catalog/load.js'
import type { EntityTask, SmallFilesResult, SmallFilesTask } from '../../src/contracts.js'
import { csvFiles } from '../../src/csv/csv-files.js'
import type { PlannedEntity } from '../../src/database/run-store.js'
import type { Run } from '../../src/domain/run.js'
import { createSource } from '../../src/source/source.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { noMetrics } from '../../src/telemetry/metrics.js'
import { urlsFor } from '../support/postgres/postgres.js'
import { createMemoryFiles } from '../support/sftp/memory-files.js'
import { aNewRun, aPlan, firstLoad, newTenant, noTrouble, openStores } from '../support/world/stores.js'

const monday = new Date('2026-11-23T00:00:00Z')
const tuesday = new Date('2026-11-24T00:00:00Z')

function taskOf({ id: runId, tenantId, to }: Run, entity = 'user'): EntityTask {
  const window = { mode: 'DELTA', fullLoadReason: null, from: monday.toISOString(), to: to.toISOString() } as const
  return { runId, tenantId, entity, displayName: entity, ...window }
}

/** A file waits for each, and a worker that is busy with a huge file takes its time to hear an answer. */
test.each([
  // Tidemark's own database in `claim`, `intend` and `record`, the source in `read` and `upload`.
  { name: 'a file alone takes', files: 1, expected: { claim: 5, read: 2, upload: 2, intend: 8, record: 6 } },
  // Together, each file more takes one question to the source.
  { name: '26 files together take', files: 26, expected: { claim: 5, read: 2, upload: 27, intend: 8, record: 6 } },
])('$name a known number of round trips to the databases', async ({ files, expected }) => {
  await using stores = await openStores()
  await using source = createSource({ url: urlsFor(stores.url).readerUrl, poolSize: 1, applicationName: 'the source' })
  const tenantId = newTenant()
  const query = vi.spyOn(pg.Client.prototype, 'query')
  const steps: { name: string; before: number }[] = []
  const catalog = await loadCatalog(undefined)
  const entities = catalog.entities.slice(0, files).map(({ name }) => name)
  const deps = {
    ...stores,
    source,
    csvFiles,
    catalog,
    sftp: createMemoryFiles().sftp,
    requireServer: async () => undefined,
    events: createEvents(createLogger({ level: 'info', destination: { write: () => undefined } })),
    metrics: noMetrics,
    onStep: (name) => void steps.push({ name, before: query.mock.calls.length }),
    lineEnd: '\n',
  } satisfies Partial<ActivityDependencies>
  const activities = createActivities(deps as unknown as ActivityDependencies)

  /** One file alone, several together. */
  const deliver = async (to: Date, ...planned: PlannedEntity[]): Promise<Run> => {
    const run = await stores.runs.begin(aNewRun(tenantId, { to }), aPlan(...planned))
    const tasks = planned.map(({ entity }) => taskOf(run, entity))
    steps.length = 0
    query.mockClear()
    const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') })
    const [only] = tasks
    if (only && tasks.length === 1) await environment.run((task: EntityTask) => activities.exportEntity(task), only)
    else {
      const batch = { tenantId, runId: run.id, tasks }
      const work = (task: SmallFilesTask) => activities.exportSmallFiles(task)
      const { published } = await environment.run<[SmallFilesTask], SmallFilesResult, typeof work>(work, batch)
      expect(published).toHaveLength(tasks.length)
    }
    steps.push({ name: 'end', before: query.mock.calls.length })
    return run
  }
  /** Of each step that has any. */
  const roundTrips = () => {
    const all = steps.slice(1).map(({ before }, index) => ({ ...steps[index]!, after: before }))
    const sums = new Map<string, number>()
    for (const { name, before, after } of all) sums.set(name, (sums.get(name) ?? 0) + after - before)
    return Object.fromEntries([...sums].filter(([, count]) => count > 0))
  }

  try {
    // Connections are made, and asked who they are, with the first file.
    const run = await deliver(
      monday,
      ...entities.map((entity) => ({ entity, load: firstLoad, previousDeliveryId: null })),
    )
    await stores.runs.finish(run, noTrouble)
    const watermarks = await stores.deliveries.watermarks(tenantId)
    const deltas = entities.map((entity): PlannedEntity => {
      const { deliveryId, sequence, snapshot } = watermarks.get(entity)!
      const load = { mode: 'DELTA', from: monday, fromSnapshot: snapshot, previous: sequence } as const
      return { entity, load, previousDeliveryId: deliveryId }
    })
    await deliver(tuesday, ...deltas)
    expect(roundTrips()).toEqual(expected)
  } finally {
    query.mockRestore()
  }
})
