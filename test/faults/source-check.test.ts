import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { attack } from '../support/attacks.js'
import { makeOwnTables, ownCatalog, ownEntity } from '../support/postgres/own-source.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import { startProgram } from '../support/programs/program.js'
import { createWorld, type World } from '../support/world/world.js'

let folder: string
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-source-check-'))
  world = await createWorld({ worker: false, database: await createMigratedDatabase() })
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('a worker reports at its start what it finds, with one incident for each table that a tenant exports', async () => {
  attack({ name: 'silent loss: found when a worker starts' })
  await makeOwnTables(world, 'at_start', 'at_start_too')
  await world.sql('DROP TRIGGER touch ON s.at_start; DROP TRIGGER touch ON s.at_start_too')
  const CATALOG_FILE = await ownCatalog(folder, ownEntity('at_start'), ownEntity('at_start_too'))
  const tenant = await world.tenant({ rows: {} })
  await tenant.register({ entityList: 'user' })
  await world.sql(`UPDATE tidemark.registered_entity SET entity = 'at_start' WHERE tenant_id = $1`, [tenant.id])
  const logged = world.log().length
  const worker = await world.startWorker({
    CATALOG_FILE,
    TEMPORAL_TASK_QUEUE: `${world.config.temporal.taskQueue}-2`,
  })
  await eventually('an alert', () => world.log().slice(logged).includes('"alert":"SOURCE_CHANGES_UNTRACKED"'))
  await worker.stop()
  const lines = world
    .log()
    .slice(logged)
    .split('\n')
    .filter((line) => line.includes('at_start'))
  expect(
    lines.filter((line) => line.includes('the source table can’t be exported; check-source prints the fix')),
  ).toHaveLength(2)
  expect(lines.filter((line) => line.includes('"alert":"SOURCE_CHANGES_UNTRACKED"'))).toHaveLength(1)
})

test('the command check-source prints the findings and ends with 1 when it refuses something', async () => {
  attack({ name: 'silent loss: found by the command check-source' })
  await makeOwnTables(world, 'good', 'bad', 'slow')
  await world.sql(`DROP TRIGGER touch ON s.bad; DROP INDEX s.slow_tenant_updated_at_idx;
      GRANT SELECT ON ALL TABLES IN SCHEMA s TO tidemark_reader`)
  const CATALOG_FILE = await ownCatalog(folder, ownEntity('good'), ownEntity('bad'), ownEntity('slow'))
  const check = async (...args: string[]) => {
    const program = startProgram('cli', ['check-source', ...args], { ...world.environment, CATALOG_FILE })
    return { code: await program.exitCode(), output: program.output() }
  }
  const everything = await check()
  expect(everything.code).toBe(1)
  expect(everything.output).toContain('good (s.good): no finding')
  expect(everything.output).toMatch(/refuse +SOURCE_CHANGES_UNTRACKED +s\.bad/)
  expect(everything.output).toMatch(/warn +SOURCE_INDEX_MISSING +s\.slow/)
  expect(everything.output).toContain('CREATE INDEX CONCURRENTLY ON s.slow ("tenant", "updated_at")')
  expect(everything.output).toContain('Entities: 3. Refusals: 1. Warnings: 1.')

  const json = await check('--json', 'slow')
  expect(json.code).toBe(0)
  expect(JSON.parse(json.output)).toMatchObject({
    entities: [{ entity: 'slow', findings: [{ severity: 'warn', code: 'SOURCE_INDEX_MISSING', table: 's.slow' }] }],
  })
  expect(await check('nonsense')).toMatchObject({ code: 2, output: expect.stringContaining('no entity nonsense') })
})
