import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import type { OnStep } from '../../src/domain/run-step.js'
import { endLostRuns } from '../../src/services/lost-runs.js'
import { createRunGateway } from '../../src/schedules/run-gateway.js'
import { openTemporal } from '../../src/schedules/temporal.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { eventually } from '../support/eventually.js'
import type { TestTenant } from '../support/world/tenant.js'
import { midnight } from '../support/world/days.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let onStep: OnStep = () => undefined
beforeAll(async () => {
  world = await createWorld({ worker: false })
  await world.startWorker({}, { onStep: (step, subject) => onStep(step, subject) })
})
afterAll(() => world[Symbol.asyncDispose]())

test.each([
  ['before its plan', 0, /^SUPERSEDED.* What to do: .*instead of resetting/],
  ['after its plan', 1, /^SUPERSEDED.* What to do: .*instead of resetting/],
  ['before its end is recorded', -1, /^SOURCE_SCHEMA_MISMATCH/],
])('a failed run that is reset %s changes nothing and raises no alert', async (_, at, message) => {
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(3))
  const run = await failedRun(tenant)
  expect(run).toMatchObject({ status: 'PARTIALLY_FAILED' })
  const before = await stateOf(tenant)
  const lines = reports(tenant).length

  const reset = await resetTo(run, at)
  const failure = await reset.result().catch((error: Error) => error.cause)
  expect(failure).toMatchObject({ message: expect.stringMatching(message) })
  expect(await stateOf(tenant)).toEqual(before)
  expect(reports(tenant)).toHaveLength(lines)
})

test('a run that is reset while it is going on continues as the same run', async () => {
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'site' })
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let holds = 0
  onStep = async (step) => {
    if (step === 'upload' && holds++ === 0) await released
  }
  await tenant.startBackfill(midnight(1))
  const run = await eventually('the run to upload', async () => (holds > 0 ? tenant.runUpTo(midnight(1)) : undefined))
  const reset = await resetTo(run, 1)
  expect(await aliveRuns(tenant)).toEqual([run.id])
  release()
  expect(await reset.result()).toMatchObject({ runId: run.id, status: 'SUCCEEDED' })
  expect(await tenant.allRuns()).toMatchObject([{ id: run.id, status: 'SUCCEEDED' }])
  onStep = () => undefined
})

/** A run whose entity `site` fails, while its entity `user` is published. */
async function failedRun(tenant: TestTenant): Promise<Run> {
  await world.sql('ALTER TABLE analytics.site RENAME TO site_away')
  const [run] = await tenant.backfill(midnight(1))
  await world.sql('ALTER TABLE analytics.site_away RENAME TO site')
  if (!run) throw new Error('there is no run')
  await world.temporal.workflow
    .getHandle(run.workflowId)
    .result()
    .catch(() => undefined)
  return run
}

/** What a reset must not change: runs, files, ledger and watermarks. */
async function stateOf(tenant: TestTenant) {
  const { deliveries } = world.useCases
  const watermarks = await deliveries.watermarks(tenant.id)
  return { runs: await tenant.allRuns(), files: await tenant.files(), watermarks: [...watermarks] }
}

/** The log lines with which a person is alerted. */
function reports({ id }: TestTenant): string[] {
  return world
    .log()
    .split('\n')
    .filter((line) => line.includes(id) && (line.includes('"alert"') || line.includes('run finished')))
}

/** Resets the workflow to the completion of one of its workflow tasks, as the button in the Temporal UI does. */
async function resetTo({ workflowId }: Run, at: number) {
  const handle = world.temporal.workflow.getHandle(workflowId)
  const { events } = await handle.fetchHistory()
  const completed = events?.filter(({ workflowTaskCompletedEventAttributes: completion }) => completion) ?? []
  const eventId = completed.at(at)?.eventId
  if (!eventId) throw new Error('the history is shorter than expected')
  const { runId } = await world.temporal.workflow.workflowService.resetWorkflowExecution({
    namespace: world.config.temporal.namespace,
    workflowExecution: { workflowId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: eventId,
  })
  return world.temporal.workflow.getHandle(workflowId, runId)
}

async function aliveRuns(tenant: TestTenant): Promise<string[]> {
  await using temporal = openTemporal(world.config.temporal)
  const gateway = createRunGateway(temporal, world.config.temporal)
  const events = createEvents(createLogger({ level: 'silent' }))
  const alive = await endLostRuns({ runs: world.useCases.runStore, gateway, events }, tenant.id)
  return alive.map(({ id }) => id)
}
