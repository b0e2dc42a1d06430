import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Admin, composeAdmin } from '../../src/compose/admin.js'
import { placeOfDatabase } from '../../src/config/postgres-url.js'
import { exportRunWorkflow } from '../../src/contracts.js'
import { loadConfig } from '../../src/config/config.js'
import type { ExportErrorCode } from '../../src/domain/errors.js'
import type { Incident, IncidentCode } from '../../src/domain/incident.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { eventually } from '../support/eventually.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { openUseCases } from '../support/world/use-cases.js'
import { createWorld, type World } from '../support/world/world.js'
import { observedOf, observedRun, withNamesOfRunbook } from './runbook/observed.js'
import { type Obstacle, obstacles, renamedColumn, serverOf } from './runbook/obstacles.js'

/** The pages of the runbook show these runs. `npx vitest -u` records them again, and `npm run docs` then writes the pages. */
const file = 'runbook/failures.json'

let world: World
let admin: Admin
beforeAll(async () => {
  world = await createWorld({
    worker: false,
    environment: { EXPORT_MAX_ATTEMPTS: '2', EXPORT_RETRY_MINUTES: '0', ALERT_DELAY_SECONDS: '0' },
  })
  admin = await composeAdmin(world.config)
})
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

async function registered(entityList = 'user, site'): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList })
  return tenant
}

/** A run that meets the obstacle, with the incident that it opens. */
async function meet(code: ExportErrorCode, obstacle: Obstacle): Promise<object> {
  const { onStep, put, sql } = obstacle
  const tenant = await registered()
  const server = await serverOf(obstacle, world)
  const environment = { ...obstacle.environment, ...server?.environment }
  const worker = await world.startWorker(environment, onStep && { onStep })
  try {
    await put?.(world, tenant)
    if (sql) await world.sql(sql[0])
    const run = await tenant.runNow()
    return observedOf(await incidentOf(code, tenant), run)
  } finally {
    await worker.stop()
    await server?.[Symbol.asyncDispose]()
    if (sql) await world.sql(sql[1])
  }
}

const incidentOf = (code: ExportErrorCode, { id: tenantId }: TestTenant) =>
  eventually(
    `the incident ${code}`,
    async () => {
      const { edges } = await admin.incidents.page({ first: 1, code, tenantId })
      return edges[0]?.node.extent.failedRuns === 1 && asSeenIn(tenantId, edges[0].node)
    },
    20_000,
  )

/** The worker checks the source when it starts. If that finds the obstacle as well, its finding may be the latest. */
async function asSeenIn(tenantId: string, incident: Incident): Promise<Incident> {
  if (incident.extent.latest.tenantId === tenantId) return incident
  const affected = await admin.incidents.affected(incident.id)
  const latest = affected.find((each) => each.tenantId === tenantId) ?? incident.extent.latest
  return { ...incident, extent: { ...incident.extent, latest } }
}

/** A worker that holds the first upload, and the run that it holds. */
async function heldRun(work: (held: TestTenant, runId: string, release: () => void) => Promise<object>) {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let isHeld = false
  const worker = await world.startWorker(
    {},
    {
      onStep: async (step) => {
        if (step !== 'upload' || isHeld) return
        isHeld = true
        await released
      },
    },
  )
  try {
    const tenant = await registered('site')
    const { id } = await tenant.startRun()
    await eventually('the run to be held', async () => isHeld && (await tenant.find(id)).status === 'RUNNING')
    return await work(tenant, id, release)
  } finally {
    release()
    await worker.stop()
  }
}

async function rejectedSchedule(): Promise<object> {
  const config = loadConfig({ ...world.environment, TEMPORAL_NAMESPACE: 'missing' })
  await using useCases = await openUseCases(config, createLogger({ level: 'fatal' }))
  const { id } = await world.tenant({ rows: {} })
  await useCases.registrations.replace(anActor(id), { entityList: 'user' })
  const incident = await eventually('the incident of the schedule', async () => {
    const { edges } = await admin.incidents.page({ first: 1, code: 'SCHEDULE_REJECTED', tenantId: id })
    return edges[0]?.node
  })
  return observedOf(incident, undefined)
}

const others: Partial<Record<IncidentCode, () => Promise<object>>> = {
  SCHEDULE_REJECTED: rejectedSchedule,
  RUN_IN_PROGRESS: () =>
    heldRun(async (tenant, id) => {
      await tenant.startBackfill(midnight(0))
      const waiting = await eventually('another run that waits', async () =>
        (await tenant.allRuns()).find((run) => run.id !== id && run.waitingFor?.code === 'RUN_IN_PROGRESS'),
      )
      return { message: waiting.waitingFor?.message, run: observedRun(waiting) }
    }),
  CANCELLED: () =>
    heldRun(async (tenant, id, release) => {
      const cancelling = admin.runs.cancel(admin.actorFor(tenant.id), id)
      release()
      await cancelling
      return { message: '', run: observedRun(await tenant.finished(id)) }
    }),
  RUN_LOST: () =>
    heldRun(async (tenant, id) => {
      const { workflowId } = await tenant.find(id)
      await world.temporal.workflow.getHandle(workflowId).terminate('by an engineer')
      // A start first ends runs that are lost.
      await tenant.startRun()
      const run = await tenant.finished(id)
      return observedOf(await incidentOf('RUN_LOST', tenant), run)
    }),
  SUPERSEDED: async () => {
    const worker = await world.startWorker()
    const tenant = await registered()
    await world.sql(renamedColumn[0])
    const run = await tenant.runNow()
    await world.sql(renamedColumn[1])
    const again = await world.temporal.workflow.start(exportRunWorkflow, {
      workflowId: `again-${run.id}`,
      taskQueue: world.config.temporal.taskQueue,
      args: [{ tenantId: tenant.id, manual: { runId: run.id, to: run.to.toISOString() } }],
    })
    const failure = await again.result().catch((error: Error) => error.cause)
    await worker.stop()
    return { message: (failure as Error).message }
  },
}

function named(code: string, observed: object): unknown {
  const { sftp, source, temporal } = world.config
  const server = /^(SFTP|INSTALLATION)_/.test(code) ? 'sftp.example.com:22' : 'source.example.com:5432'
  const text = withNamesOfRunbook(JSON.stringify(observed), {
    [placeOfDatabase(source.url)]: 'source.example.com:5432/shop',
    [`${sftp.host}:${sftp.port}`]: 'sftp.example.com:22',
    [temporal.taskQueue]: 'exports',
    [temporal.address]: 'temporal.example.com:7233',
  })
  const shown = text.replace(/t-[0-9a-f]{10}/g, 'acme').replace(/T-[0-9A-F]{10}/g, 'ACME')
  return JSON.parse(shown.replace(/127\.0\.0\.1:\d+/g, server))
}

test('each failure of a run looks as the runbook shows it', { timeout: 900_000 }, async () => {
  const observed: Record<string, unknown> = {}
  const work = [
    ...Object.entries(obstacles).map(
      ([code, obstacle]) => [code, () => meet(code as ExportErrorCode, obstacle)] as const,
    ),
    ...Object.entries(others),
  ]
  const failed: string[] = []
  for (const [code, observe] of work) {
    try {
      observed[code] = named(code, await observe())
    } catch (error) {
      failed.push(`${code}: ${String(error)}`)
    }
  }
  await expect(`${JSON.stringify(observed, null, 2)}\n`).toMatchFileSnapshot(file)
  expect(failed).toEqual([])
})
