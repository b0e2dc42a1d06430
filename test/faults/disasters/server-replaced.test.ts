import { mkdir, readdir, rename } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { isoDay } from '../../../src/domain/delivery-path.js'
import type { Run } from '../../../src/domain/run.js'
import { attack } from '../../support/attacks.js'
import { eventually } from '../../support/eventually.js'
import { midnight } from '../../support/world/days.js'
import { createHolds } from '../../support/world/holds.js'
import { indexOf } from '../../support/world/tenant-index.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { pace } from '../incidents/support/bounds.js'
import { openWarehouse, type Warehouse, warehouseGivesTheSource } from './support/warehouse.js'
import { createScene, type Scene } from '../incidents/support/scene.js'
import {
  filesGiveTheSource,
  indexTellsTheTruth,
  manifestsTellTheTruth,
  oneWriter,
  watermarksAreCovered,
} from '../support/invariants.js'

/** Each test has a database and a server of its own: a decision is about all tenants. */
let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

const code = 'SFTP_SERVER_REPLACED'
const environment = { RUN_STARTS_PER_SECOND: '1000', EXPORT_ENTITY_CONCURRENCY: '1' }

/** A full load and a delta, in folders of two days. */
async function aTenantWithAChain(): Promise<TestTenant> {
  const tenant = await scene.world.tenant({ rows: { user: 30, site_category: 2, site: 8 }, before: midnight(6) })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(2), midnight(1))
  return tenant
}

/** The database of a consumer that has loaded nothing yet. */
const warehouseOf = (tenant: TestTenant, name: string): Promise<Warehouse> =>
  openWarehouse(scene.world, tenant, name, ['user', 'site'])

/** Halts the server, gives it a new disk with nothing on it, and starts it again. */
async function replaceDisk(): Promise<void> {
  const { sftp } = scene.world
  await sftp.halt()
  await rename(sftp.folder, `${sftp.folder}-old`)
  await mkdir(sftp.folder)
  await sftp.start()
}

/** Everything that is stored on the server. */
const stored = (): Promise<string[]> => readdir(scene.world.sftp.folder, { recursive: true })

/** The run, once it waits for the decision of an operator. */
function waiting(tenant: TestTenant, { id }: Pick<Run, 'id'>): Promise<Run> {
  return eventually('a run that waits for the decision', async () => {
    const run = await tenant.find(id)
    return run.waitingFor?.code === code && run
  })
}

function entityWaiting(tenant: TestTenant, { id }: Pick<Run, 'id'>) {
  return eventually('an entity that waits for the decision', async () =>
    (await tenant.find(id)).entities.find(({ error }) => error?.code === code),
  )
}

const alerts = (event: 'opened' | 'resolved') => scene.hook.alerts.filter((alert) => alert.event === event)

async function holdsTheInvariants(tenant: TestTenant): Promise<void> {
  await manifestsTellTheTruth(tenant)
  await indexTellsTheTruth(scene.world, tenant)
  await watermarksAreCovered(scene.world, tenant)
  await oneWriter(scene.world, tenant)
  await filesGiveTheSource(tenant)
  expect(await tenant.hiddenFiles()).toEqual([])
}

/** What an index says of its days. */
const daysOf = async (tenant: TestTenant) =>
  (await indexOf(tenant)).days.map(({ day, removed = false }) => [day, removed ? 'removed' : 'there'])

test('a run that is due on an empty server writes nothing until the operator decides, and then full loads', async () => {
  attack({ name: 'the SFTP server is replaced by an empty one before a run' })
  scene = await createScene({ environment })
  await scene.startWorker()
  const tenant = await aTenantWithAChain()
  const upToDate = await warehouseOf(tenant, 'up to date')
  await warehouseGivesTheSource(tenant, upToDate)
  await replaceDisk()
  await tenant.startBackfill(midnight(0))
  const due = await waiting(tenant, await tenant.runUpTo(midnight(0)))
  expect(due.status).toBe('QUEUED')
  expect(await stored()).toEqual([])
  const opened = await eventually('the alert', () => alerts('opened')[0])
  expect(opened).toMatchObject({ code, subject: `${scene.world.config.sftp.host}:${scene.world.config.sftp.port}` })
  expect(opened.message).toContain('tidemark server accept')

  const accepted = await scene.tidemark(['server', 'accept', '--full-loads', '--yes'])
  expect(accepted).toMatchObject({
    exitCode: 0,
    result: { decision: 'FULL_LOADS', tenants: [tenant.id], refusedMarks: [] },
  })
  const ended = await tenant.finished(due.id)
  expect(ended.status).toBe('SUCCEEDED')
  expect(ended.entities.map(({ mode, fullLoadReason }) => [mode, fullLoadReason])).toEqual([
    ['FULL', 'REQUESTED'],
    ['FULL', 'REQUESTED'],
  ])
  expect(await daysOf(tenant)).toEqual([
    [isoDay(midnight(2)), 'removed'],
    [isoDay(midnight(1)), 'removed'],
    [isoDay(midnight(0)), 'there'],
  ])
  expect((await tenant.everything()).filter(({ path }) => path.includes('/contracts/'))).toHaveLength(2)
  await holdsTheInvariants(tenant)
  await eventually('the end of the incident', () => alerts('resolved')[0])
  expect(scene.hook.alerts.map((alert) => alert.code)).toEqual([code, code])

  // The chain goes on.
  await tenant.mutate({ entities: ['user', 'site'], inserts: 4, updates: 3, deletes: 1 })
  expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  await holdsTheInvariants(tenant)
  await warehouseGivesTheSource(tenant, upToDate)
  await warehouseGivesTheSource(tenant, await warehouseOf(tenant, 'new'))
  const actions = await scene.world.own(
    `SELECT action, after->>'decision' AS decision FROM tidemark.audit_event
     WHERE tenant_id = '${tenant.id}' AND action = 'SERVER_ACCEPTED'`,
  )
  expect(actions).toEqual([{ action: 'SERVER_ACCEPTED', decision: 'FULL_LOADS' }])
  // Without another disk, the same command changes nothing.
  const again = await scene.tidemark(['server', 'accept', '--full-loads', '--yes'])
  expect([again.exitCode, again.text]).toEqual([3, expect.stringContaining('has its mark')])
})

test('a disk that is replaced in the middle of a run gets no manifest of files that are gone', async () => {
  attack({ name: 'the SFTP server is replaced by an empty one during a run' })
  scene = await createScene({ environment })
  const tenant = await scene.world.tenant({ rows: { user: 30, site_category: 2, site: 8 }, before: midnight(6) })
  await tenant.register({ entityList: 'user, site' })
  const earlier = await scene.world.startWorker({}, { pace })
  await tenant.backfill(midnight(1))
  await earlier.stop()
  let isHeld = false
  const holds = createHolds({ [tenant.id]: 'record' }, () => void (isHeld = true))
  await scene.world.startWorker({}, { pace, onStep: holds.onStep })
  await tenant.mutate({ entities: ['user', 'site'], inserts: 4, updates: 3, deletes: 1 })
  const run = await tenant.startRun()
  await eventually('the first file under its final name', () => isHeld)
  await replaceDisk()
  holds.release()
  await entityWaiting(tenant, run)
  expect(await stored()).toEqual([])

  expect(await scene.tidemark(['server', 'accept', '--full-loads', '--yes'])).toMatchObject({ exitCode: 0 })
  // The first file is on record, and gone. The second one is a delta of the plan.
  const ended = await tenant.finished(run.id)
  expect(ended.status).toBe('SUCCEEDED')
  const named = (await tenant.delivered()).map(({ resource }) => resource.entity)
  expect(named).toHaveLength(1)
  await manifestsTellTheTruth(tenant)
  expect((await tenant.runNow()).entities.map(({ mode }) => mode)).toEqual(['FULL', 'FULL'])
  await holdsTheInvariants(tenant)
  await warehouseGivesTheSource(tenant, await warehouseOf(tenant, 'new'))
})

test('a redelivery to an empty server since a date restores the chain of each tenant, and its manifests name what is there', async () => {
  attack({ name: 'the SFTP server is replaced by an empty one, and the files are redelivered' })
  scene = await createScene({ environment })
  await scene.startWorker()
  const tenants = [await aTenantWithAChain(), await aTenantWithAChain()]
  const upToDate = await Promise.all(tenants.map((tenant) => warehouseOf(tenant, 'up to date')))
  for (const [index, tenant] of tenants.entries()) await warehouseGivesTheSource(tenant, upToDate[index]!)
  await replaceDisk()
  const due = await Promise.all(
    tenants.map(async (tenant) => {
      await tenant.mutate({ entities: ['user', 'site'], inserts: 4, updates: 3, deletes: 1 })
      return waiting(tenant, await tenant.startRun())
    }),
  )
  expect(await scene.tidemark(['server', 'accept', '--deltas', '--yes'])).toMatchObject({ exitCode: 0 })
  for (const [index, tenant] of tenants.entries()) {
    const ended = await tenant.finished(due[index]?.id ?? '')
    expect(ended.entities.map(({ mode }) => mode)).toEqual(['DELTA', 'DELTA'])
    // A consumer that had loaded everything goes on with the delta.
    await warehouseGivesTheSource(tenant, upToDate[index]!)
    expect(await daysOf(tenant)).toEqual([
      [isoDay(midnight(2)), 'removed'],
      [isoDay(midnight(1)), 'removed'],
      [isoDay(midnight(0)), 'there'],
    ])
  }
  const since = isoDay(midnight(3))
  const redelivered = await scene.tidemark([
    'redeliver',
    '--all',
    '--since',
    since,
    '--until',
    isoDay(midnight(0)),
    '--wait',
  ])
  expect(redelivered.exitCode).toBe(0)
  const lines = redelivered.result as readonly { tenantId: string; run: { status: string } }[]
  expect(lines.map(({ tenantId, run }) => [tenantId, run.status]).toSorted()).toEqual(
    tenants.map(({ id }) => [id, 'SUCCEEDED']).toSorted(),
  )
  for (const [index, tenant] of tenants.entries()) {
    expect(await daysOf(tenant)).toEqual([2, 1, 0].map((daysAgo) => [isoDay(midnight(daysAgo)), 'there']))
    await holdsTheInvariants(tenant)
    await warehouseGivesTheSource(tenant, upToDate[index]!)
    await warehouseGivesTheSource(tenant, await warehouseOf(tenant, 'new'))
  }
})

test('files that were copied to a new server are accepted only if all of them are there', async () => {
  attack({ name: 'the SFTP server is replaced by a copy without its mark' })
  scene = await createScene({ environment })
  await scene.startWorker()
  const tenant = await aTenantWithAChain()
  const { folder } = scene.world.sftp
  await replaceDisk()
  const due = await waiting(tenant, await tenant.startRun())
  const refused = await scene.tidemark(['server', 'accept', '--copied', '--yes'])
  expect([refused.exitCode, refused.text]).toEqual([3, expect.stringContaining('lacks 1 of the 1 newest manifests')])
  await mkdir(`${folder}/exports`)
  await rename(`${folder}-old/exports/${tenant.id}`, `${folder}/exports/${tenant.id}`)
  expect(await scene.tidemark(['server', 'accept', '--copied', '--yes'])).toMatchObject({
    exitCode: 0,
    result: { decision: 'COPIED' },
  })
  const ended = await tenant.finished(due.id)
  expect(ended.entities.map(({ mode }) => mode)).toEqual(['DELTA', 'DELTA'])
  await holdsTheInvariants(tenant)
})
