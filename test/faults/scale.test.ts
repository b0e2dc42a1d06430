import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attack, faultsSeed } from '../support/attacks.js'
import { allFaults, faultName } from '../support/scale/faults.js'
import { liveThroughYear, type Year } from '../support/scale/year.js'
import { openStores, type Stores } from '../support/stores.js'

/** `SCALE_RUNS=36500 npx vitest run test/faults/scale.test.ts` for the whole year of a hundred daily tenants. */
const runs = Number(process.env['SCALE_RUNS'] ?? 2_000)
const limitMs = 300_000 + runs * 300

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

describe('a year of many tenants', () => {
  it(`loses nothing and doubles nothing, over ${runs} runs`, { timeout: limitMs }, async () => {
    attack({ name: 'a year of 100 tenants', times: runs, seed: faultsSeed })
    const c = process.cpuUsage()
    year = await liveThroughYear({
      stores,
      pool,
      seed: faultsSeed,
      tenants: Number(process.env['TEN'] ?? 100),
      runs: runs / Number(process.env['TEN'] ?? 100),
    })
    const d = process.cpuUsage(c)
    console.log((d.user + d.system) / 1e6, year.faults)
    expect([...year.faults.keys()].toSorted()).toEqual(allFaults.map(faultName).toSorted())
  })
})
