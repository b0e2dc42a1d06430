import { afterAll, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { ExportError } from '../../src/domain/errors.js'
import type { Run } from '../../src/domain/run.js'
import type { OnStep } from '../../src/domain/run-step.js'
import { eventually } from '../support/eventually.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let onStep: OnStep = () => undefined
beforeAll(async () => {
  world = await createWorld({ worker: false, environment: { EXPORT_MAX_ATTEMPTS: '2' } })
  await world.startWorker({}, { onStep: (step, subject) => onStep(step, subject) })
})
afterAll(() => world[Symbol.asyncDispose]())

const operator = (tenantId: string) => ({ ...anActor(tenantId), isOperator: true })

test('an entity waits after its first attempts, for what is shown everywhere, holds up no other entity, and is published later', async () => {
  const tenant = await world.tenant({ rows: { user: 9, site: 4, site_category: 2 } })
  await tenant.register({ entityList: 'user, site, site category' })
  const gate = holdLaterAttempts(tenant, 'site')
  const started = await tenant.startRun()
  await gate.reached
  const waiting = await eventually('the other entities to be published', async () => {
    const { entities } = await tenant.find(started.id)
    return entities.filter(({ status }) => status === 'PUBLISHED').length === 2 && tenant.find(started.id)
  })

  const wait = { code: 'SFTP_UNAVAILABLE', since: expect.any(Date), attempt: 3 }
  const cause = { ...wait, message: 'connect ECONNREFUSED' }
  expect(waiting).toMatchObject({ status: 'RUNNING', error: null, waitingFor: cause })
  expect(waiting.entities.find(({ entity }) => entity === 'site')).toMatchObject({
    waitingFor: cause,
    status: 'RUNNING',
  })
  const { runs } = world.useCases
  expect(await runs.find(operator(tenant.id), started.id)).toMatchObject({ waitingFor: cause })
  const seen = await runs.find(anActor(tenant.id), started.id)
  const message = expect.stringMatching(/^The SFTP server was unreachable\. Tidemark tries again/)
  expect(seen).toMatchObject({ waitingFor: { ...wait, message } })
  expect(seen?.entities.find(({ entity }) => entity === 'site')).toMatchObject({ waitingFor: { ...wait, message } })
  const details = await detailsOf(started)
  expect(details).toMatch(/^\*\*2 of 3 entities done, 1 waits: SFTP_UNAVAILABLE\*\*/)
  expect(await pendingActivities(started)).toEqual(['site, later attempts'])

  gate.release()
  const ended = await tenant.finished(started.id)
  expect(ended).toMatchObject({ status: 'SUCCEEDED', waitingFor: null })
  expect(ended.entities.find(({ entity }) => entity === 'site')).toMatchObject({ attempts: 3, waitingFor: null })
  await world.temporal.workflow.getHandle(started.workflowId).result()
  expect(await detailsOf(started)).toMatch(/^\*\*3 of 3 entities published\*\*/)
})

test('an entity whose time for retries is over fails, and the failure of the workflow says why and what to do', async () => {
  await world.stopWorkers()
  await world.startWorker({ EXPORT_RETRY_MINUTES: '0' }, { onStep: (step, subject) => onStep(step, subject) })
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'user, site' })
  onStep = failing('connect', new ExportError('SFTP_UNAVAILABLE', 'connect ECONNREFUSED'))
  const run = await tenant.runNow()
  expect(run.entities.map(({ attempts, error }) => [attempts, error?.code])).toEqual([
    [2, 'SFTP_UNAVAILABLE'],
    [2, 'SFTP_UNAVAILABLE'],
  ])
  const failure = await world.temporal.workflow
    .getHandle(run.workflowId)
    .result()
    .catch((error: Error) => error.cause)
  expect(failure).toMatchObject({
    message: expect.stringMatching(
      /^SFTP_UNAVAILABLE \(2 entities: \w+, \w+\): connect ECONNREFUSED\. What to do: Start/,
    ),
  })
})

test('a scheduled run whose planning fails is on record as queued with the reason, and no other run can be requested', async () => {
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'site' })
  onStep = failing('plan', new ExportError('SOURCE_UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.5'))
  await tenant.startBackfill(midnight(1))
  const queued = await tenant.runUpTo(midnight(1))
  const waiting = await eventually('the reason', async () => {
    const run = await world.useCases.runs.find(operator(tenant.id), queued.id)
    return run?.waitingFor && run
  })
  expect(waiting).toMatchObject({
    ...{ status: 'QUEUED', trigger: 'SCHEDULED', startedAt: null, error: null, entities: [] },
    waitingFor: { code: 'SOURCE_UNAVAILABLE', message: 'connect ECONNREFUSED 10.0.0.5', since: expect.any(Date) },
  })
  const seen = await world.useCases.runs.find(anActor(tenant.id), queued.id)
  expect(JSON.stringify(seen?.waitingFor)).not.toContain('10.0.0.5')
  expect(await world.useCases.runs.start(anActor(tenant.id))).toMatchObject({
    userErrors: [{ code: 'RUN_IN_PROGRESS', message: expect.stringContaining('queued') }],
  })
  onStep = () => undefined
  const ended = await tenant.finished(queued.id)
  expect(ended).toMatchObject({ status: 'SUCCEEDED', trigger: 'SCHEDULED', waitingFor: null })
  expect(ended.workflowId).toContain(scheduleId(tenant.id))
})

test('a run whose manifest cannot be written waits for that, and a cancellation ends the wait', async () => {
  await world.stopWorkers()
  await world.startWorker({}, { onStep: (step, subject) => onStep(step, subject) })
  const tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'site' })
  onStep = failing('write manifest', new ExportError('SFTP_NO_SPACE', 'no space left'))
  const started = await tenant.startRun()
  await eventually('the run to wait', async () => {
    const { waitingFor, entities } = await tenant.find(started.id)
    return waitingFor?.code === 'SFTP_NO_SPACE' && entities.every(({ status }) => status === 'PUBLISHED')
  })
  onStep = () => undefined
  await world.useCases.runs.cancel(anActor(tenant.id), started.id)
  // Published files get their manifest all the same.
  expect(await tenant.finished(started.id)).toMatchObject({ status: 'CANCELLED', manifestPath: expect.any(String) })
})

/** The entity can't connect with its first two attempts. The third waits until it is released. */
function holdLaterAttempts(tenant: TestTenant, entity: string) {
  let attempts = 0
  let release = (): void => undefined
  let reach = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const reached = new Promise<void>((resolve) => (reach = resolve))
  onStep = async (step, subject) => {
    if (step !== 'connect' || subject.tenantId !== tenant.id || subject.entity !== entity) return
    attempts += 1
    if (attempts <= 2) throw new ExportError('SFTP_UNAVAILABLE', 'connect ECONNREFUSED')
    reach()
    await released
  }
  return { reached, release }
}

function failing(at: Parameters<OnStep>[0], error: ExportError): OnStep {
  return (step) => {
    if (step === at) throw error
  }
}

async function detailsOf({ workflowId }: Run): Promise<string> {
  const metadata = await world.temporal.workflow
    .getHandle(workflowId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata')
  return metadata.currentDetails
}

async function pendingActivities({ workflowId }: Run): Promise<(string | null | undefined)[]> {
  const { raw } = await world.temporal.workflow.getHandle(workflowId).describe()
  return raw.pendingActivities?.map(({ activityId }) => activityId) ?? []
}
