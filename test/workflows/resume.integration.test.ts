import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import type { Actor } from '../../src/domain/actor.js'
import type { Run } from '../../src/domain/run.js'
import { eventually } from '../support/eventually.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { expectEqualToSource, windowOf } from './support/run-results.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const operatorFor = ({ id }: TestTenant): Actor => ({ ...anActor(id, 'olga'), isOperator: true })
const handleOf = ({ id }: TestTenant) => world.temporal.schedule.getHandle(scheduleId(id))
const becomesPaused = (tenant: TestTenant, wanted: boolean) =>
  eventually(`${tenant.id} to be ${wanted ? 'paused' : 'active'}`, async () => {
    const { state } = await handleOf(tenant).describe()
    return state.paused === wanted
  })

/** A tenant with a file up to so many days ago, which is paused since then. */
async function pausedFor(days: number): Promise<{ tenant: TestTenant; actor: Actor }> {
  const tenant = await world.tenant({ rows: { user: 60 } })
  const actor = anActor(tenant.id)
  await tenant.register({ entityList: 'user' })
  await tenant.backfill(midnight(days))
  const paused = await world.useCases.registrations.pause(actor)
  expect(paused.ok).toBe(true)
  await backdatePause(tenant, days)
  return { tenant, actor }
}

async function backdatePause({ id }: TestTenant, days: number): Promise<void> {
  const at = new Date(midnight(days).getTime() + 3_600_000)
  await world.sql('UPDATE tidemark.registration SET paused_at = $1 WHERE tenant_id = $2', [at, id])
}

async function runsUpTo(tenant: TestTenant, ...days: number[]): Promise<Run[]> {
  const runs: Run[] = []
  for (const day of days) runs.push(await tenant.finished((await tenant.runUpTo(midnight(day))).id))
  return runs
}

describe('resumeDataExport', () => {
  test('with BY_PERIOD each missed period gets its own file, in order, and the windows tile (promise 1)', async () => {
    const { tenant, actor } = await pausedFor(4)
    const resumed = await world.useCases.registrations.resume(actor, 'BY_PERIOD')
    expect(resumed).toMatchObject({ ok: true, value: { pausedAt: null, schedule: { state: 'ACTIVE' } } })
    await becomesPaused(tenant, false)
    const runs = await runsUpTo(tenant, 3, 2, 1, 0)
    expect(runs.map((run) => windowOf(run, 'user'))).toEqual([
      [midnight(4), midnight(3)],
      [midnight(3), midnight(2)],
      [midnight(2), midnight(1)],
      [midnight(1), midnight(0)],
    ])
    for (const [index, run] of runs.entries()) {
      expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'SCHEDULED' })
      expect(run.startedAt?.getTime()).toBeGreaterThanOrEqual(runs[index - 1]?.finishedAt?.getTime() ?? 0)
    }
    await tenant.runNow()
    expectEqualToSource(await tenant.compare(), { user: 60 })
    const audit = await world.sql(
      `SELECT after FROM tidemark.audit_event WHERE tenant_id = $1 AND action = 'EXPORT_RESUMED'`,
      [tenant.id],
    )
    const period = { periods: 4, from: midnight(3).toISOString(), to: midnight(0).toISOString() }
    expect(audit).toEqual([{ after: { catchUp: 'BY_PERIOD', ...period } }])
  })

  test('with ONE_FILE, the default, no run starts, and the next one covers the pause', async () => {
    const { tenant, actor } = await pausedFor(3)
    expect(await world.useCases.registrations.resume(actor)).toMatchObject({ ok: true })
    await becomesPaused(tenant, false)
    const next = await tenant.runNow()
    expect(windowOf(next, 'user')).toEqual([midnight(3), next.to])
    expect(await tenant.allRuns()).toHaveLength(2)
  })

  test('a pause that has missed more than 100 periods is refused with BY_PERIOD, and stays', async () => {
    const { tenant, actor } = await pausedFor(3)
    await backdatePause(tenant, 101)
    const refused = await world.useCases.registrations.resume(actor, 'BY_PERIOD')
    expect(refused).toMatchObject({ ok: false, userErrors: [{ code: 'TOO_MANY_PERIODS', path: ['catchUp'] }] })
    const current = await world.useCases.registrations.current(actor, { includeInactive: false })
    expect(current?.schedule.state).toBe('PAUSED')
    expect(await tenant.allRuns()).toHaveLength(1)
  })
})

describe('a pause that an operator has made in the Temporal UI', () => {
  async function held(): Promise<TestTenant> {
    const tenant = await world.tenant({ rows: { user: 20 } })
    await tenant.register({ entityList: 'user' })
    await tenant.backfill(midnight(2))
    await handleOf(tenant).pause('SFTP server under repair')
    await becomesPaused(tenant, true)
    return tenant
  }

  test("a tenant's call does not end it, and an operator's call does", async () => {
    const tenant = await held()
    await world.useCases.registrations.pause(anActor(tenant.id))
    await world.useCases.registrations.resume(anActor(tenant.id))
    expect((await handleOf(tenant).describe()).state).toEqual({ paused: true, note: 'SFTP server under repair' })
    const resumed = await world.useCases.registrations.resume(operatorFor(tenant))
    expect(resumed).toMatchObject({ ok: true, value: { pausedAt: null, schedule: { state: 'ACTIVE' } } })
    await becomesPaused(tenant, false)
  })

  test('with BY_PERIOD the periods since the last run of the schedule are caught up', async () => {
    const tenant = await held()
    expect(await world.useCases.registrations.resume(operatorFor(tenant), 'BY_PERIOD')).toMatchObject({ ok: true })
    const runs = await runsUpTo(tenant, 1, 0)
    expect(runs.map((run) => windowOf(run, 'user'))).toEqual([
      [midnight(2), midnight(1)],
      [midnight(1), midnight(0)],
    ])
    await becomesPaused(tenant, false)
  })

  test('an operator can pause it through Tidemark instead, so that the tenant can resume it', async () => {
    const tenant = await held()
    expect(await world.useCases.registrations.pause(operatorFor(tenant))).toMatchObject({ ok: true })
    const { state } = await eventually('the note to change', async () => {
      const found = await handleOf(tenant).describe()
      return found.state.note?.startsWith('Paused: the tenant or an operator') ? found : undefined
    })
    expect(state.paused).toBe(true)
    await world.useCases.registrations.resume(anActor(tenant.id))
    await becomesPaused(tenant, false)
  })
})
