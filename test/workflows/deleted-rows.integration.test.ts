import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { openAdopter } from '../../src/source/adopt/adopter.js'
import { makeOwnTables, ownCatalog, ownEntity } from '../support/postgres/own-source.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { csvRows } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-deleted-'))
  const entity = ownEntity('loan', { tombstones: true }) as { columns: object[] }
  const more = [
    { name: 'copies', type: 'integer', description: 'How many.' },
    { name: 'is_deleted', type: 'boolean', description: 'Whether it was deleted.' },
  ]
  const database = await createMigratedDatabase()
  const CATALOG_FILE = await ownCatalog(folder, { ...entity, columns: [...entity.columns, ...more] })
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
  await makeOwnTables(world, 'loan')
  await world.sql('ALTER TABLE s.loan ADD copies int NOT NULL DEFAULT 1')
  await using adopter = await openAdopter(database.url)
  const columns = { tenantColumn: 'tenant', updatedAtColumn: 'updated_at', changeXidColumn: 'change_xid' }
  const table = { schema: 's', name: 'loan' }
  const request = { table, ...columns, dated: '1970-01-01', tombstones: true, reader: 'tidemark_reader' }
  const options = { lockSeconds: 10, attempts: 1, pauseMs: 1, signal: new AbortController().signal }
  await adopter.apply(request, await adopter.plan(request), { ...options, onProgress: () => undefined })
  await world.startWorker()
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

interface Described {
  readonly schema: { readonly fields: readonly { readonly name: string; readonly constraints?: object }[] }
}

test('a row that was deleted in the source is delivered by a run, verified and delivered again (promise 10)', async () => {
  const tenant = await world.tenant({ rows: {} })
  const rows = `SELECT 'c' || n, $1, 'name', $2 FROM generate_series(1, 3) n`
  await world.sql(`INSERT INTO s.loan (code, tenant, name, updated_at) ${rows}`, [tenant.id, midnight(3)])
  await tenant.register({ entityList: 'loan' })
  await tenant.backfill(midnight(1))
  await world.sql(`DELETE FROM s.loan WHERE tenant = $1 AND code = 'c2'`, [tenant.id])
  await tenant.runNow()

  const [first, second] = await tenant.delivered()
  expect(
    csvRows(first?.file.content ?? Buffer.of())
      .map(({ code }) => code)
      .toSorted(),
  ).toEqual(['c1', 'c2', 'c3'])
  const deleted = csvRows(second?.file.content ?? Buffer.of())
  expect(deleted).toMatchObject([{ code: 'c2', name: '', copies: '', is_deleted: 'true' }])
  const { fields } = (second?.resource as unknown as Described).schema
  const required = fields.filter(({ constraints }) => constraints).map(({ name }) => name)
  expect(required).toEqual(['updated_at', 'is_deleted'])

  await using verifier = await composeVerifier(world.config)
  const verified = async () => verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
  expect(await verified()).toMatchObject({ files: 2, rows: 4, sourceRows: 3, differences: [], notComparable: [] })

  const again = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(1), to: new Date() })
  if (!again.ok) throw new Error('refused')
  expect(await tenant.finished(again.value.id)).toMatchObject({ status: 'SUCCEEDED' })
  const last = (await tenant.delivered()).at(-1)
  expect(csvRows(last?.file.content ?? Buffer.of())).toMatchObject([{ code: 'c2', is_deleted: 'true' }])
  expect(await verified()).toMatchObject({ differences: [] })
})
