import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { Context } from '@temporalio/activity'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OnStep } from '../../src/domain/run-step.js'
import { attack } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { plainHistory } from '../support/world/temporal-history.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let tenant: TestTenant
/** Under which key each step's activity has waited. */
const turns: object[] = []
let onStep: OnStep = () => undefined
beforeAll(async () => {
  world = await createWorld({ worker: false, environment: { EXPORT_MAX_ATTEMPTS: '1' } })
  await world.startWorker(
    {},
    {
      onStep: (step, subject) => {
        const { activityType, priority } = Context.current().info
        turns.push({ activityType, step, fairnessKey: priority?.fairnessKey })
        return onStep(step, subject)
      },
    },
  )
  tenant = await world.tenant({ rows: { user: 7, site_category: 2, site: 3 } })
  await tenant.register({ entityList: 'user, site, site category', frequency: 'WEEKLY' })
})
afterAll(() => world[Symbol.asyncDispose]())

test('the Temporal UI shows tenant, entities, modes and rows of a run', async () => {
  const [run] = await tenant.backfill(lastMonday())
  const handle = world.temporal.workflow.getHandle(run?.workflowId ?? '')
  await handle.result()
  const { typedSearchAttributes, memo, raw, staticSummary } = await describeFully(handle)
  const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
  expect(attributes).toMatchObject({
    TenantId: tenant.id,
    ExportStatus: 'SUCCEEDED',
    ExportEntities: ['site', 'site category', 'user'],
    ExportModes: ['FULL'],
    ExportRows: run?.entities.reduce((sum, { rows }) => sum + Number(rows), 0),
    RegistrationVersion: 1,
    TidemarkRunId: run?.id,
  })
  expect(memo).toMatchObject({ tenantId: tenant.id, frequency: 'WEEKLY', registrationVersion: 1 })
  expect(staticSummary).toBe(`${tenant.id}: weekly export of 3 entities (registration 1)`)
  expect(raw.workflowExecutionInfo?.type?.name).toBe('exportRun')

  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as {
    events: { userMetadata?: { summary?: { data: string } } }[]
  }
  const summaries = history.events.flatMap(({ userMetadata }) => userMetadata?.summary?.data ?? [])
  const decoded = summaries.map((data) => JSON.parse(Buffer.from(data, 'base64').toString()) as string)
  expect(decoded).toEqual(
    expect.arrayContaining(['user', 'site', 'site category'].map((name) => `${name}: FULL up to ${iso(run?.to)}`)),
  )

  const found: string[] = []
  const query = `TenantId = '${tenant.id}' AND ExportStatus = 'SUCCEEDED' AND ExportEntities = 'site category'`
  for await (const { workflowId } of world.temporal.workflow.list({ query })) found.push(workflowId)
  expect(found).toEqual([run?.workflowId])
})

test('every run and every activity has its tenant as fairness key', async () => {
  turns.length = 0
  const [scheduled] = await tenant.backfill(lastMonday(1))
  const asked = await tenant.runNow()
  for (const run of [scheduled, asked]) {
    const handle = world.temporal.workflow.getHandle(run?.workflowId ?? '')
    await handle.result()
    const { events } = await handle.fetchHistory()
    const started = events?.flatMap(({ workflowExecutionStartedEventAttributes: it }) => it ?? []) ?? []
    expect(started.map(({ priority }) => priority?.fairnessKey)).toEqual([tenant.id])
  }
  // What an activity inherits is not in the history, but in the task that the server hands out.
  expect(turns).toEqual(
    expect.arrayContaining([
      { activityType: 'planRun', step: 'plan', fairnessKey: tenant.id },
      { activityType: 'exportEntity', step: 'claim', fairnessKey: tenant.id },
      { activityType: 'publishManifest', step: 'write manifest', fairnessKey: tenant.id },
      { activityType: 'finishRun', step: 'finish', fairnessKey: tenant.id },
    ]),
  )
  expect(turns.filter((turn) => !('fairnessKey' in turn) || turn.fairnessKey !== tenant.id)).toEqual([])
})

test('no history has a row value or a credential, whether the run succeeds or fails (promise 13)', async () => {
  const planted = 'planted-value-4711'
  await world.sql(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible) VALUES ($1, $2, $2, 1, true)`,
    [tenant.id, planted],
  )
  const succeeded = await tenant.runNow()
  expect(succeeded.status).toBe('SUCCEEDED')
  const files = await tenant.files()
  expect(files.some(({ content }) => content.includes(planted))).toBe(true)

  attack({ name: 'a value that a view of the source can not convert' })
  // A failure of Postgres that quotes the value: a text that is no number.
  await world.sql('ALTER TABLE analytics.site_category RENAME TO site_category_table')
  await world.sql(
    `CREATE VIEW analytics.site_category AS SELECT code, tenant_code, parent_site_category_code, name, description,
      CASE WHEN code = '${planted}' THEN name::integer ELSE sort_order END AS sort_order, is_visible, is_deleted, created_at, updated_at, change_xid
     FROM analytics.site_category_table`,
  )
  await world.sql('GRANT SELECT ON analytics.site_category TO tidemark_reader')
  const failed = await tenant.runNow()
  await world.sql('DROP VIEW analytics.site_category')
  await world.sql('ALTER TABLE analytics.site_category_table RENAME TO site_category')
  expect(failed.entities.find(({ entity }) => entity === 'site_category')?.error).toEqual({
    code: 'SOURCE_VALUE_INVALID',
    message: expect.stringMatching(
      /^Reading site_category of t-\w+ from analytics\.site_category: Postgres failed with 22P02\. A value does not fit/,
    ),
  })

  const password = new URL(world.config.database.url).password
  for (const { workflowId } of [succeeded, failed]) {
    const handle = world.temporal.workflow.getHandle(workflowId)
    await handle.result().catch(() => undefined)
    const history = await plainHistory(world.temporal, workflowId)
    expect(history).toContain(tenant.id)
    for (const secret of [planted, world.sftp.secret, ...(password ? [password] : [])]) {
      expect(history).not.toContain(secret)
    }
  }
  expect(world.log()).not.toContain(planted)
  expect(world.log()).not.toContain(world.sftp.secret)
})

test('a file that is recorded after its last attempt has ended is shown as published', async () => {
  const late = await world.tenant({ rows: { user: 7 }, before: midnight(2) })
  await late.register({ entityList: 'user' })
  let deaths = 0
  onStep = (step) => {
    if (step !== 'record' || deaths > 0) return
    deaths += 1
    throw new Error('the worker died')
  }
  const [run] = await late.backfill(midnight(1))
  expect(deaths).toBe(1)
  expect(run).toMatchObject({ status: 'SUCCEEDED', error: null })
  expect(run?.entities).toMatchObject([{ status: 'PUBLISHED', attempts: 1, rows: 7n, error: null }])

  const handle = world.temporal.workflow.getHandle(run?.workflowId ?? '')
  const published = { entity: 'user', status: 'PUBLISHED', rows: 7, revision: 1, error: null }
  expect(await handle.result()).toMatchObject({ status: 'SUCCEEDED', entities: [published] })
  const { typedSearchAttributes } = await handle.describe()
  const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
  expect(attributes).toMatchObject({ ExportStatus: 'SUCCEEDED', ExportRows: 7 })
  expect(await handle.query('__temporal_workflow_metadata')).toMatchObject({
    currentDetails: expect.stringMatching(/\| user \| FULL \| PUBLISHED \| 7 \|/),
  })
})

async function describeFully(handle: ReturnType<World['temporal']['workflow']['getHandle']>) {
  const description = await handle.describe()
  return { ...description, staticSummary: await description.staticSummary() }
}

/** The Monday of last week, or one so many weeks before it. */
function lastMonday(weeksBefore = 0): Date {
  const sinceMonday = (new Date().getUTCDay() + 6) % 7
  return midnight(sinceMonday + 7 * (1 + weeksBefore))
}

function iso(at: Date | undefined): string {
  return at?.toISOString() ?? ''
}
