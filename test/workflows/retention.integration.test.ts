import { readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeAdmin } from '../../src/compose/admin.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { removeOldFilesWorkflow } from '../../src/contracts.js'
import { retentionScheduleId } from '../../src/schedules/task-queue-claim.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_RETENTION_DAYS: '2' } })
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** A tenant with files of three days, of which a time of two days keeps the last one. */
async function threeDays(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: 200 })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(4), midnight(3), midnight(1))
  return tenant
}

const daysOf = async (tenant: TestTenant): Promise<string[]> => {
  const paths = (await tenant.files()).map(({ path }) => path)
  return [...new Set(paths.map((path) => /\d{4}\/\d\d\/\d\d/.exec(path)?.[0] ?? path))].toSorted()
}

const asPath = (day: Date): string => day.toISOString().slice(0, 10).replaceAll('-', '/')

const quiet = () => loadConfig({ ...world.environment, LOG_LEVEL: 'silent' })

const removeOldFiles = (): Promise<unknown> =>
  world.temporal.workflow.execute(removeOldFilesWorkflow, {
    taskQueue: world.config.temporal.taskQueue,
    workflowId: `remove-${Math.random()}`,
    args: [{}],
  })

async function verified(tenantId: string) {
  await using verifier = await composeVerifier(world.config)
  return await verifier.verify({ withSource: true, tenantId }, new AbortController().signal)
}

describe('files that are past their time', () => {
  test('retention removes whole days of files with manifests and empty folders, and the ledger records it', async () => {
    const tenant = await threeDays()
    expect(await daysOf(tenant)).toEqual([asPath(midnight(4)), asPath(midnight(3)), asPath(midnight(1))])
    const before = await world.useCases.deliveries.page(
      tenant.id,
      {},
      {
        take: 50,
        backwards: false,
        from: undefined,
      },
    )
    await removeOldFiles()
    expect(await daysOf(tenant)).toEqual([asPath(midnight(1))])
    const after = await world.useCases.deliveries.page(
      tenant.id,
      {},
      {
        take: 50,
        backwards: false,
        from: undefined,
      },
    )
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    expect(after.map(({ removedAt }) => removedAt !== null)).toEqual([false, false, true, true, true, true])
    expect(await verified(tenant.id)).toMatchObject({ differences: [], notLookedAt: [] })
    const removals = await world.sql<{ target: string; after: { files: number } }>(
      `SELECT target, after FROM tidemark.audit_event WHERE tenant_id = $1 AND action = 'FILES_REMOVED' ORDER BY target`,
      [tenant.id],
    )
    expect(removals.map((removal) => [removal.target, removal.after.files])).toEqual(
      [midnight(4), midnight(3)].map((day) => [day.toISOString().slice(0, 10), 3]),
    )
  })

  test('a removed file can be redelivered, and retention removes it again', async () => {
    const tenant = await threeDays()
    await removeOldFiles()
    const period = { from: midnight(5), to: midnight(4), entityList: 'user' }
    const asked = await world.useCases.runs.redeliver(anActor(tenant.id), period)
    if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
    expect(await tenant.finished(asked.value.id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await daysOf(tenant)).toEqual([asPath(midnight(4)), asPath(midnight(1))])
    // The manifest names what is there again, and nothing else of that day.
    const [manifest] = (await tenant.files()).filter(({ path }) => path.endsWith('datapackage.json'))
    const { resources } = JSON.parse(manifest?.content.toString() ?? '{}') as { resources: { path: string }[] }
    expect(resources.map(({ path }) => path)).toEqual(['user/user.csv'])
    expect(await verified(tenant.id)).toMatchObject({ differences: [], notLookedAt: [] })
    await removeOldFiles()
    expect(await daysOf(tenant)).toEqual([asPath(midnight(1))])
  })

  test('a removed day stays without files and manifest if its redelivery fails', async () => {
    const tenant = await threeDays()
    await removeOldFiles()
    await world.sql('ALTER TABLE analytics.site RENAME TO site_away')
    try {
      const period = { from: midnight(5), to: midnight(4), entityList: 'site' }
      const asked = await world.useCases.runs.redeliver(anActor(tenant.id), period)
      if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
      expect(await tenant.finished(asked.value.id)).toMatchObject({ status: 'FAILED' })
    } finally {
      await world.sql('ALTER TABLE analytics.site_away RENAME TO site')
    }
    expect(await daysOf(tenant)).toEqual([asPath(midnight(1))])
    expect(await verified(tenant.id)).toMatchObject({ differences: [], notLookedAt: [] })
  })

  test('retention does not remove a day that a run is about to write to', async () => {
    const tenant = await threeDays()
    world.sftp.proxy.throttle(2_000)
    const asked = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(5), to: midnight(4) })
    if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
    await eventually('the run at work', async () => (await tenant.find(asked.value.id)).status === 'RUNNING')
    const removing = removeOldFiles()
    world.sftp.proxy.throttle(Infinity)
    await removing
    expect(await tenant.finished(asked.value.id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await verified(tenant.id)).toMatchObject({ differences: [], notLookedAt: [] })
  })

  test('retention uses the retention time of the tenant if it has one', async () => {
    const [forEver, oneDay] = [await threeDays(), await threeDays()]
    await using admin = await composeAdmin(quiet())
    await admin.setRetention(forEver.id, 0)
    await admin.setRetention(oneDay.id, 3)
    await removeOldFiles()
    expect(await daysOf(forEver)).toHaveLength(3)
    expect(await daysOf(oneDay)).toEqual([asPath(midnight(3)), asPath(midnight(1))])
    await admin.setRetention(oneDay.id, null)
    await removeOldFiles()
    expect(await daysOf(oneDay)).toEqual([asPath(midnight(1))])
  })

  test('the worker creates the schedule that removes old files every night', async () => {
    const id = retentionScheduleId(world.config.temporal.taskQueue)
    const { action, spec } = await world.temporal.schedule.getHandle(id).describe()
    expect(action).toMatchObject({ workflowType: removeOldFilesWorkflow })
    expect(spec.calendars).toMatchObject([{ hour: [{ start: 3 }], minute: [{ start: 30 }] }])
  })

  test('retention removes a link, and leaves what it points to', async () => {
    const tenant = await threeDays()
    const folder = join(world.sftp.folder, 'exports', tenant.id, asPath(midnight(4)))
    const elsewhere = join(world.folder, `elsewhere-${tenant.id}`)
    await writeFile(elsewhere, 'of nobody')
    await symlink(elsewhere, join(folder, 'user', 'planted'))
    await removeOldFiles()
    expect(await daysOf(tenant)).toEqual([asPath(midnight(1))])
    expect(await readdir(world.folder)).toContain(`elsewhere-${tenant.id}`)
  })
})

describe('a tenant that is erased', () => {
  test('an erased tenant has no files, no registration and no schedule, and a receipt in its audit log', async () => {
    const [tenant, other] = [await threeDays(), await threeDays()]
    await using admin = await composeAdmin(quiet())
    const all = await tenant.everything()
    const receipt = await admin.eraseTenant(tenant.id, new AbortController().signal)
    expect(receipt).toMatchObject({
      tenantId: tenant.id,
      registrationVersion: 1,
      runsEnded: 0,
      files: all.length,
      bytes: all.reduce((sum, { content }) => sum + content.length, 0),
    })
    expect(await tenant.everything()).toEqual([])
    expect(await readdir(join(world.sftp.folder, 'exports'))).not.toContain(tenant.id)
    expect(await world.useCases.registrationStore.find(tenant.id)).toBeUndefined()
    await expect(world.temporal.schedule.getHandle(`export-${tenant.id}`).describe()).rejects.toThrow()
    expect(await verified(tenant.id)).toMatchObject({ differences: [], notLookedAt: [] })
    expect(await daysOf(other)).toHaveLength(3)
    const [last] = await world.sql<{ action: string; after: object }>(
      'SELECT action, after FROM tidemark.audit_event WHERE tenant_id = $1 ORDER BY at DESC LIMIT 1',
      [tenant.id],
    )
    expect(last).toEqual({ action: 'TENANT_ERASED', after: { state: 'done', ...receipt } })
    const again = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(5), to: midnight(0) })
    expect(again).toMatchObject({ ok: false, userErrors: [{ code: 'NOT_REGISTERED' }] })
    expect(await admin.eraseTenant(tenant.id, new AbortController().signal)).toMatchObject({
      registrationVersion: null,
      files: 0,
    })
  })

  test('an erased tenant that registers again begins with full loads (promise 5)', async () => {
    const tenant = await threeDays()
    await using admin = await composeAdmin(quiet())
    await admin.eraseTenant(tenant.id, new AbortController().signal)
    await tenant.register({ entityList: 'user' })
    const run = await tenant.runNow()
    expect(run.entities).toMatchObject([{ entity: 'user', mode: 'FULL' }])
  })

  test('erasing a tenant ends its running run first', async () => {
    const tenant = await world.tenant({ rows: 200_000 })
    await tenant.register({ entityList: 'interaction' })
    world.sftp.proxy.throttle(300_000)
    await tenant.startRun()
    await using admin = await composeAdmin(quiet())
    const erasing = admin.eraseTenant(tenant.id, new AbortController().signal)
    world.sftp.proxy.throttle(Infinity)
    expect(await erasing).toMatchObject({ runsEnded: 1 })
    expect(await tenant.everything()).toEqual([])
    expect(await world.useCases.runStore.unfinished(tenant.id)).toEqual([])
  })
})

test('audit events and changes of registrations are removed after their retention time, and not before', async () => {
  await using own = await createWorld({ environment: { AUDIT_RETENTION_DAYS: '100', CHANGE_RETENTION_DAYS: '200' } })
  const tables = ['audit_event', 'registration_change']
  const ages = [1, 89, 95, 99, 101, 199, 201]
  for (const days of ages) {
    await own.sql(
      `INSERT INTO tidemark.audit_event (id, tenant_id, at, action, subject, is_operator, target)
       VALUES (gen_random_uuid(), 'acme', now() - make_interval(days => $1), 'RUN_REQUESTED', 'tester', false, $1::text)`,
      [days],
    )
    await own.sql(
      `INSERT INTO tidemark.registration_change (tenant_id, version, changed_by, changed_at, after)
       VALUES ('acme', $1, 'tester', now() - make_interval(days => $1), '{}')`,
      [days],
    )
  }
  const left = async () => ({
    events: (await own.sql<{ target: string }>('SELECT target FROM tidemark.audit_event')).map(({ target }) =>
      Number(target),
    ),
    changes: (await own.sql<{ version: number }>('SELECT version FROM tidemark.registration_change')).map(
      ({ version }) => version,
    ),
  })

  await own.temporal.workflow.execute(removeOldFilesWorkflow, {
    taskQueue: own.config.temporal.taskQueue,
    workflowId: `remove-${Math.random()}`,
    args: [{}],
  })
  expect(await left()).toEqual({ events: [1, 89, 95, 99], changes: [1, 89, 95, 99, 101, 199] })
  expect(own.log()).toMatch(/"rows":4,"msg":"old audit events and registration changes removed"/)

  // Not by a shorter time, nor by the tables' owner.
  await own.sql('SELECT tidemark.remove_old_history(1, 1, 1000)')
  expect(await left()).toEqual({ events: [1, 89], changes: [1, 89] })
  for (const table of tables) {
    await expect(own.sql(`DELETE FROM tidemark.${table}`)).rejects.toThrow('append-only')
    await expect(own.sql(`UPDATE tidemark.${table} SET tenant_id = 'globex'`)).rejects.toThrow('append-only')
  }
  expect(await left()).toEqual({ events: [1, 89], changes: [1, 89] })
})
