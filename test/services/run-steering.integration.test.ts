import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../../src/domain/actor.js'
import type { Run } from '../../src/domain/run.js'
import type { RunGateway } from '../../src/schedules/run-gateway.js'
import { anActor } from '../support/world/builders.js'
import { aFile, aPlan, asBegun, claimOf, newTenant, noTrouble, publishFile } from '../support/world/stores.js'
import {
  backdate,
  recorded,
  refusedWith,
  registered,
  runs,
  services,
  started,
  useRuns,
  workflowOf,
} from './support/tenant-runs.js'

useRuns()

const anyPath = (code: string) => ({ ok: false, userErrors: [{ code }] })

async function auditOf(actor: Actor, action: string): Promise<object[]> {
  return services.stores.query(
    'SELECT target, after FROM audit_event WHERE tenant_id = $1 AND action = $2 ORDER BY at',
    [actor.tenantId, action],
  )
}

/** No worker runs here, so that a cancelled workflow does not end. */
const impatient = () => {
  const { runs: patient } = services.gateways
  const gateway: RunGateway = {
    start: (...call) => patient.start(...call),
    isAlive: (...call) => patient.isAlive(...call),
    cancel: (...call) => patient.cancel(...call),
    end: (...call) => patient.end(...call),
    awaitEnd: (id, execution) => patient.awaitEnd(id, execution, 100),
  }
  return services.runs({ gateway })
}

/** The run ends with `user` published and `content_must_read_marked` failed. */
async function halfFailed(actor: Actor): Promise<Run> {
  const run = await started(actor)
  const begun = await services.stores.runs.begin(asBegun(run), aPlan('user', 'content_must_read_marked'))
  await publishFile(services.stores, await claimOf(services.stores, begun, 'user'), aFile(begun, 'user'))
  const failure = { entity: 'content_must_read_marked', code: 'SFTP_NO_SPACE', message: 'The disk is full.' } as const
  const ended = await services.stores.runs.finish(run, { ...noTrouble, failures: [failure] })
  await workflowOf(run).terminate('the test has ended it')
  return ended
}

describe('runDataExport with a list', () => {
  test('runDataExport exports the entities that it names, by any of their names', async () => {
    const actor = await registered()
    const outcome = await runs.start(actor, { entityList: ['Must Reads'] })
    expect(outcome).toMatchObject({ ok: true, value: { trigger: 'MANUAL', status: 'QUEUED' } })
    const run = outcome.ok ? outcome.value : undefined
    expect(await services.stores.runs.scopeOf(actor.tenantId, run!.id)).toEqual({
      entities: ['content_must_read_marked'],
    })
    const [started_] = (await workflowOf(run!).fetchHistory()).events ?? []
    const [input] = started_?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
    expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toMatchObject({
      manual: { runId: run!.id, entities: ['content_must_read_marked'] },
    })
    expect(await auditOf(actor, 'RUN_REQUESTED')).toEqual([
      { target: run!.id, after: { entities: ['content_must_read_marked'] } },
    ])
  })

  test('runDataExport refuses inactive entities by name, and names that no entity has', async () => {
    const actor = await registered('user')
    const outcome = await runs.start(actor, { entityList: 'USER_LOGINS, user, site category' })
    expect(outcome).toMatchObject(anyPath('ENTITIES_INACTIVE'))
    expect(outcome).toMatchObject({
      userErrors: [{ message: expect.stringContaining('user logins, site category'), allowedValues: ['user'] }],
    })
    expect(await runs.start(actor, { entityList: 'nonsense' })).toMatchObject(anyPath('UNKNOWN_ENTITIES'))
    expect(await runs.start(actor, { entityList: [] })).toMatchObject(anyPath('ENTITY_LIST_REQUIRED'))
    expect(await services.stores.runs.unfinished(actor.tenantId)).toEqual([])
  })
})

describe('cancelExportRun', () => {
  test('cancelExportRun requests the cancellation, records it, and returns the run as it is if it does not end in time', async () => {
    const actor = await registered()
    const run = await started(actor)
    expect(await impatient().cancel(actor, run.id)).toMatchObject({ ok: true, value: { id: run.id, status: 'QUEUED' } })
    const types = (await workflowOf(run).fetchHistory()).events?.map(
      (event) => event.workflowExecutionCancelRequestedEventAttributes,
    )
    expect(types?.some((attributes) => attributes != null)).toBe(true)
    expect(await auditOf(actor, 'RUN_CANCELLED')).toEqual([{ target: run.id, after: null }])
  })

  test('cancelExportRun ends a run whose workflow is gone', async () => {
    const actor = await registered()
    const run = await started(actor)
    await workflowOf(run).terminate('by a test')
    expect(await runs.cancel(actor, run.id)).toMatchObject({ ok: true, value: { status: 'CANCELLED' } })
    expect(await recorded(run)).toMatchObject({ status: 'CANCELLED', finishedAt: expect.any(Date) })
  })

  test('cancelExportRun refuses a run that has ended, and one that another tenant has (promise 13)', async () => {
    const actor = await registered()
    const run = await started(actor)
    const stranger = await registered()
    for (const id of [run.id, randomUUID(), 'nonsense']) {
      expect(await runs.cancel(stranger, id)).toMatchObject(anyPath('NO_SUCH_RUN'))
      expect(await runs.retry(stranger, id)).toMatchObject(anyPath('NO_SUCH_RUN'))
    }
    await services.stores.runs.finish(run, noTrouble)
    expect(await runs.cancel(actor, run.id)).toMatchObject(anyPath('RUN_ENDED'))
    expect(await auditOf(actor, 'RUN_CANCELLED')).toEqual([])
    expect((await workflowOf(run).describe()).status.name).toBe('RUNNING')
  })

  test('cancelExportRun changes and records nothing while Temporal is down', async () => {
    const actor = await registered()
    const run = await started(actor)
    const cut = services.runs({ gateway: services.unreachable.runs })
    expect(await cut.cancel(actor, run.id)).toMatchObject(refusedWith('TEMPORAL_UNAVAILABLE'))
    expect(await auditOf(actor, 'RUN_CANCELLED')).toEqual([])
    expect(await recorded(run)).toMatchObject({ status: 'QUEUED' })
  })
})

describe('retryExportRun', () => {
  test('retryExportRun exports only the entities that failed', async () => {
    const actor = await registered()
    const failed = await halfFailed(actor)
    const outcome = await runs.retry(actor, failed.id)
    expect(outcome).toMatchObject({ ok: true, value: { trigger: 'RETRY', status: 'QUEUED', requestedBy: 'alice' } })
    const run = outcome.ok ? outcome.value : undefined
    const scope = { entities: ['content_must_read_marked'] }
    expect(await services.stores.runs.scopeOf(actor.tenantId, run!.id)).toEqual(scope)
    expect(await auditOf(actor, 'RUN_RETRIED')).toEqual([{ target: run!.id, after: { run: failed.id, ...scope } }])
    expect(await runs.retry(actor, failed.id)).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    expect(await runs.retry(actor, run!.id)).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
  })

  test('retryExportRun of a run that ended before it was planned requests the same again', async () => {
    const actor = await registered()
    const requested = await runs.requestFullLoad(actor, { entityList: 'user', when: 'NOW' })
    const lost = requested.ok ? requested.value.run! : undefined
    await workflowOf(lost!).terminate('by a test')
    await backdate(lost!)
    const outcome = await runs.retry(actor, lost!.id)
    expect(outcome).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    await services.stores.runs.finish(lost!, noTrouble)
    expect(await runs.retry(actor, lost!.id)).toMatchObject(anyPath('NOTHING_FAILED'))
    await services.stores.query(`UPDATE run SET status = 'FAILED' WHERE id = $1`, [lost!.id])
    const retried = await runs.retry(actor, lost!.id)
    const run = retried.ok ? retried.value : undefined
    expect(await services.stores.runs.scopeOf(actor.tenantId, run!.id)).toEqual({ entities: ['user'], fullLoad: true })
  })

  test('retryExportRun names the entities that are no longer active, and starts nothing', async () => {
    const actor = await registered()
    const failed = await halfFailed(actor)
    await services.registrations().removeEntities(actor, { entityList: 'must reads' })
    const outcome = await runs.retry(actor, failed.id)
    expect(outcome).toMatchObject(anyPath('ENTITIES_INACTIVE'))
    expect(outcome).toMatchObject({ userErrors: [{ message: expect.stringContaining('must reads') }] })
    expect(await services.stores.runs.unfinished(actor.tenantId)).toEqual([])
  })

  test('retryExportRun refuses a run that has published everything, and a tenant that is not registered', async () => {
    const actor = await registered()
    const run = await started(actor)
    const begun = await services.stores.runs.begin(asBegun(run), aPlan('user'))
    await publishFile(services.stores, await claimOf(services.stores, begun, 'user'), aFile(begun, 'user'))
    await services.stores.runs.finish(run, noTrouble)
    expect(await runs.retry(actor, run.id)).toMatchObject(anyPath('NOTHING_FAILED'))
    expect(await runs.retry(anActor(newTenant()), run.id)).toMatchObject(anyPath('NO_SUCH_RUN'))
  })
})
