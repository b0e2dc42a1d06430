import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runSteps } from '../../src/domain/run-step.js'
import { attack, faultsSeed } from '../support/attacks.js'
import { addTwins, ledgerSize } from './support/scale/ledger.js'
import { explain, statementsOf } from './support/scale/plans.js'
import { liveThroughYear, type Year } from './support/scale/year.js'
import { openStores, type Stores } from '../support/world/stores.js'

const hundred = 100
const runsOfYear = 365
/** A page with its runs' entities; a tenant's year has several hundred in each table. */
const fewRows = 100

/**
 * All of it are 36,500 runs, which take the better part of an hour: `SCALE_RUNS=36500 npx vitest run
 * test/faults/scale.test.ts`. Without, so many of the hundred tenants live for a year as fit into two minutes; which
 * lives they have is a matter of the seed.
 */
const tenants = Math.max(1, Math.round(Number(process.env['SCALE_RUNS'] ?? 1_095) / runsOfYear))
const runs = tenants * runsOfYear

let stores: Stores
let pool: pg.Pool
let year: Year

beforeAll(async () => {
  stores = await openStores()
  // No crash of Postgres is part of this attack.
  await stores.query(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`)
  pool = new pg.Pool({ connectionString: stores.url, options: '-c search_path=tidemark' })
})

afterAll(async () => {
  await pool.end()
  await stores[Symbol.asyncDispose]()
})

describe(`a year of many tenants: ${tenants} of ${hundred}, ${runs} runs with faults at random`, () => {
  test(
    'a year of runs with random faults loses nothing, repeats nothing and leaves no gap (promises 1, 2)',
    { timeout: 300_000 + runs * 400 },
    async () => {
      attack({ name: `a year of ${tenants} of ${hundred} tenants`, times: runs, seed: faultsSeed })
      year = await liveThroughYear({ stores, pool, seed: faultsSeed, tenants, runs: runsOfYear })
      const kinds = [...year.faults.keys()]
      expect(runSteps.filter((step) => !kinds.some((kind) => kind.endsWith(`: ${step}`)))).toEqual([])
    },
  )

  test('the ledger of a year has exactly what its runs have made', async () => {
    const made = year.stories.reduce((sum, story) => sum + story.runs, 0)
    const size = await ledgerSize(pool, { tenants, runs: made })
    expect(size.run).toBeLessThanOrEqual(made)
    const [found] = await stores.query(`SELECT
      (SELECT count(*)::int FROM run_entity WHERE status = 'PUBLISHED') AS published,
      (SELECT count(DISTINCT (tenant_id, day))::int FROM delivery) AS days`)
    expect(size).toMatchObject({ delivery: found!['published'], manifest: found!['days'], watermark: 2 * tenants })
  })

  test('a run and a page read the ledger of a hundred tenants by index', { timeout: 300_000 }, async () => {
    await addTwins(pool, Math.ceil(hundred / tenants) - 1)
    const [story] = year.stories
    const { tenantId } = story!
    const newest = { take: 21, backwards: false, from: undefined }
    const statements = await statementsOf(async () => {
      await story!.oneMoreRun()
      await stores.runs.page(tenantId, newest)
      await stores.runs.unfinished(tenantId)
      await stores.deliveries.page(tenantId, {}, newest)
      await stores.deliveries.page(tenantId, { entity: 'user' }, newest)
    })
    expect(statements.length).toBeGreaterThan(50)
    const plans = await explain(pool, statements, ['run', 'run_entity', 'delivery', 'manifest'])
    expect(plans.filter(({ readWhole }) => readWhole.length > 0)).toEqual([])
    expect(plans.filter(({ touched }) => touched > fewRows)).toEqual([])
    // Of what was carried out, some found what it looked for: the plans are those of tables with rows.
    expect(plans.some(({ touched }) => touched > 20)).toBe(true)
  })
})
