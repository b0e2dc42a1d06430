/**
 * Records the histories that test/workflows/replay.integration.test.ts replays: one run that succeeds, one that fails in part, one
 * that is cancelled, one whose entity waits for later attempts. Histories of earlier releases stay, since their runs may be going on
 * during an upgrade. For a new kind of history: `npx tsx scripts/record-histories.ts waited`.
 */
import 'reflect-metadata'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import pg from 'pg'
import { commandLine, runCommandLine } from '../src/bin/program.js'
import { readEnvironment } from '../src/config/env.js'
import { exportRunWorkflow, type ExportRunInput, scheduleId } from '../src/contracts.js'
import { dayFolder } from '../src/domain/delivery-path.js'
import { apiClient } from '../dev/demo/api-client.js'
import { resetStack } from '../dev/stack/reset.js'
import { exampleTenant, startStack } from '../dev/stack/stack.js'

const target = new URL('../test/workflows/histories/', import.meta.url)
const report = (line: string): void => console.log(line)

await runCommandLine(
  commandLine('record-histories', 'Records histories that the replay test replays.')
    .argument('<names...>', 'succeeded, partially-failed, cancelled, waited')
    .action(recordHistories),
)

async function recordHistories(names: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-histories-'))
  try {
    await record(folder, new Set(names))
  } finally {
    await resetStack(folder, report)
    await rm(folder, { recursive: true })
  }
}

async function record(folder: string, names: ReadonlySet<string>): Promise<void> {
  await using stack = await startStack({
    folder,
    environment: { ...readEnvironment(), EXPORT_ENTITY_CONCURRENCY: '2', EXPORT_MAX_ATTEMPTS: '3' },
    sampleRows: 2000,
    report,
    signal: new AbortController().signal,
  })
  const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(exampleTenant))
  await api.register({ exportOption: 'EXPORT_SELECTED', entityList: 'user, site, content, file' })
  const connection = await Connection.connect({ address: stack.config.temporal.address })
  const source = new pg.Client({ connectionString: stack.connection.sourceDatabaseUrl })
  await source.connect()
  const { workflow } = new Client({ connection, namespace: stack.config.temporal.namespace })
  const start = (name: string): Promise<WorkflowHandle> =>
    workflow.start(exportRunWorkflow, {
      workflowId: `${scheduleId(exampleTenant)}-${name}`,
      taskQueue: stack.config.temporal.taskQueue,
      args: [{ tenantId: exampleTenant } satisfies ExportRunInput],
    })

  if (names.has('succeeded')) await save('succeeded', await start('succeeded'))
  if (names.has('partially-failed')) {
    await source.query('ALTER TABLE analytics.site RENAME TO site_away')
    await save('partially-failed', await start('partially-failed'))
    await source.query('ALTER TABLE analytics.site_away RENAME TO site')
  }
  if (names.has('cancelled')) {
    await source.query('BEGIN; LOCK TABLE analytics.file IN ACCESS EXCLUSIVE MODE')
    const held = await start('cancelled')
    while (!(await isExporting(held))) await delay(100)
    await held.cancel()
    await save('cancelled', held)
    await source.query('ROLLBACK')
  }
  if (names.has('waited')) {
    // A file is stored where the folder of an entity must be, until its first attempts are over.
    const inTheWay = join(folder, 'sftp', dayFolder(exampleTenant, new Date()), 'site')
    await mkdir(dirname(inTheWay), { recursive: true })
    await writeFile(inTheWay, '')
    const waiting = await start('waited')
    while (!(await isExporting(waiting, 'site, later attempts'))) await delay(100)
    await rm(inTheWay)
    await save('waited', waiting)
  }

  await source.end()
  await connection.close()
}

async function isExporting(handle: WorkflowHandle, activity?: string): Promise<boolean> {
  const { raw } = await handle.describe()
  const exports = raw.pendingActivities?.filter(({ activityType }) => activityType?.name === 'exportEntity') ?? []
  return exports.some(({ activityId }) => activity === undefined || activityId === activity)
}

async function save(name: string, handle: WorkflowHandle): Promise<void> {
  await handle.result().catch(() => undefined)
  const { status } = await handle.describe()
  // Which process on which machine it was, and in which folder, says nothing to a replay.
  const anonymous = (key: string, value: unknown): unknown => {
    if (key === 'stackTrace') return ''
    return typeof value === 'string' && /^\d+@/.test(value) ? 'worker' : value
  }
  const history = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory()), anonymous), null, 1)
  await writeFile(new URL(`${name}.json`, target), `${history}\n`)
  report(`${name}: ${status.name}, ${history.length} bytes`)
}
