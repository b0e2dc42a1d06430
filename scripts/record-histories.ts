/**
 * Records the histories that test/workflows/replay.integration.test.ts replays: one run that succeeds, one that fails in part, one
 * that is cancelled. For when the workflow is meant to change: `npx tsx scripts/record-histories.ts`.
 */
import 'reflect-metadata'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import pg from 'pg'
import { commandLine, runCommandLine } from '../src/bin/program.js'
import { readEnvironment } from '../src/config/env.js'
import { exportRunWorkflow, type ExportRunInput, scheduleId } from '../src/contracts.js'
import { apiClient } from '../dev/demo/api-client.js'
import { resetStack } from '../dev/stack/reset.js'
import { exampleTenant, startStack } from '../dev/stack/stack.js'

const target = new URL('../test/workflows/histories/', import.meta.url)
const report = (line: string): void => console.log(line)

await runCommandLine(
  commandLine('record-histories', 'Records anew the histories that the replay test replays.').action(recordHistories),
)

async function recordHistories(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-histories-'))
  try {
    await record(folder)
  } finally {
    await resetStack(folder, report)
    await rm(folder, { recursive: true })
  }
}

async function record(folder: string): Promise<void> {
  await using stack = await startStack({
    folder,
    environment: { ...readEnvironment(), EXPORT_ENTITY_CONCURRENCY: '2' },
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

  await save('succeeded', await start('succeeded'))

  await source.query('ALTER TABLE analytics.site RENAME TO site_away')
  await save('partially-failed', await start('partially-failed'))
  await source.query('ALTER TABLE analytics.site_away RENAME TO site')

  await source.query('BEGIN; LOCK TABLE analytics.file IN ACCESS EXCLUSIVE MODE')
  const held = await start('cancelled')
  while (!(await isExporting(held))) await delay(100)
  await held.cancel()
  await save('cancelled', held)
  await source.query('ROLLBACK')

  await source.end()
  await connection.close()
}

async function isExporting(handle: WorkflowHandle): Promise<boolean> {
  const { raw } = await handle.describe()
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'exportEntity') ?? false
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
