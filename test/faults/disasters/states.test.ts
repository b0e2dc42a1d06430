import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Admin, composeAdmin } from '../../../src/compose/admin.js'
import { exportErrors } from '../../../src/domain/errors.js'
import { inParallel } from '../../../src/domain/in-parallel.js'
import type { Run } from '../../../src/domain/run.js'
import { attack } from '../../support/attacks.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { createWorld, type World } from '../../support/world/world.js'
import {
  filesGiveTheSource,
  indexTellsTheTruth,
  manifestsTellTheTruth,
  nothingHiddenLeft,
  oneWriter,
  rowsAreTheTenants,
  watermarksAreCovered,
} from '../support/invariants.js'
import { coveringPairs, described, everyState, type State } from './states/axes.js'
import { put } from './states/put.js'

/** STATES=all takes every combination. By default each two values of two axes are in one state. */
const states = process.env['STATES'] === 'all' ? everyState() : coveringPairs(everyState())

let world: World
let admin: Admin

beforeAll(async () => {
  await farFromMidnight()
  world = await createWorld({ environment: { EXPORT_FILES_TOGETHER: '32', WORKER_CONCURRENCY: '50' } })
  admin = await composeAdmin(world.config)
})
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('from each state of a tenant the second run succeeds, and files, manifests and ledger agree', async () => {
  attack({ name: 'a state of the ledger, generated', times: states.length })
  const problems: string[] = []
  await inParallel([...states.entries()], 8, async ([index, state]) => {
    // Every other tenant is repaired with `doctor --fix`, which takes the place of its first run.
    const problem = await healed(state, { isRepaired: index % 2 === 1 }).catch((error: unknown) => String(error))
    if (problem !== undefined) problems.push(`${described(state)}\n  ${problem}`)
  })
  expect(problems).toEqual([])
}, 3_600_000)

async function healed(state: State, { isRepaired }: { isRepaired: boolean }): Promise<string | undefined> {
  const tenant = await world.tenant({ rows: { user: 12, site: 4, site_category: 2 }, before: midnight(2) })
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(1))
  await put(world, tenant, state)
  const found = await troubles(tenant)
  const silent = seenByDoctor(state).filter((name) => !found.includes(name))
  if (silent.length > 0) return `doctor says nothing about ${silent.join(', ')}, but about ${found.join(', ')}`
  await tenant.mutate({ entities: ['site', 'user'], inserts: 2, updates: 2, deletes: 1 })
  const first = await tenant.finished(await (isRepaired ? repair(tenant) : start(tenant)), 45_000)
  if (first.status !== 'SUCCEEDED' && !isTold(first)) return `the first run ended as ${first.status}`
  const second = await tenant.finished(await start(tenant), 45_000)
  if (second.status !== 'SUCCEEDED') return `the second run ended as ${second.status}`
  await agree(tenant)
  if (isOnRecord(state)) await nothingHiddenLeft(tenant)
  const left = (await troubles(tenant)).filter((name) => isRepaired || name !== 'schedule')
  return left.length > 0 ? `doctor still complains about ${left.join(', ')}` : undefined
}

const start = async (tenant: TestTenant): Promise<string> => (await tenant.startRun()).id

async function repair({ id }: TestTenant): Promise<string> {
  const repaired = await admin.tenantDoctor.repair(id)
  if (!repaired.ok) throw new Error(JSON.stringify(repaired))
  return repaired.value.run.id
}

/** Whether the run says what to do. */
function isTold({ error, entities }: Run): boolean {
  const codes = [error, ...entities.map((entity) => entity.error)].flatMap((each) => (each ? [each.code] : []))
  return codes.length > 0 && codes.every((code) => code !== 'INTERNAL' && code in exportErrors)
}

/** The checks of the doctor that find something. */
async function troubles({ id }: TestTenant): Promise<string[]> {
  const checks = await admin.tenantDoctor.examine(id)
  return checks.filter((check) => check.state !== 'ok').map(({ name }) => name)
}

/** What the doctor must see of a state. */
function seenByDoctor({ run, intent, manifest, index, watermark, schedule }: State): string[] {
  const isDue = index === 'file gone, due' && manifest !== 'row gone'
  const isPending = intent !== 'none' || manifest.includes('pending') || index === 'reserved, not written' || isDue
  return [
    ...(run === 'ended' ? [] : ['runs']),
    ...(intent === 'none' ? [] : ['publications']),
    ...(isPending ? ['manifests'] : []),
    ...(['right', 'gone', 'full load requested'].includes(watermark) ? [] : ['watermarks']),
    ...(schedule === 'gone, pending' ? ['schedule'] : []),
  ]
}

async function agree(tenant: TestTenant): Promise<void> {
  await manifestsTellTheTruth(tenant)
  await filesGiveTheSource(tenant)
  await watermarksAreCovered(world, tenant)
  await rowsAreTheTenants(tenant)
  await oneWriter(world, tenant)
  await indexTellsTheTruth(world, tenant)
}

/** A temporary file whose name is on no record any more stays on the server: nothing says that it is Tidemark's. */
function isOnRecord({ claim, intent, file }: State): boolean {
  if (!file.startsWith('temporary')) return true
  return claim === 'taken, with a temporary file' && (intent === 'none' || intent === 'pending')
}
