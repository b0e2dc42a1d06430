import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSource } from '../../src/source/source.js'
import { attack } from '../support/attacks.js'
import { eventually } from '../support/eventually.js'
import { midnight } from '../support/world/days.js'
import { makeOwnTables, ownCatalog, ownEntity } from '../support/postgres/own-source.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import { csvRows } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/** What managed services refuse to every login; Aurora the first two, unless `wal_level` is `logical`. */
const refused = [
  'pg_current_wal_lsn()',
  'pg_walfile_name(pg_lsn)',
  'pg_control_system()',
  'pg_terminate_backend(int, bigint)',
]
const permit = (word: 'REVOKE' | 'GRANT') =>
  refused.map((name) => `${word} EXECUTE ON FUNCTION ${name} ${word === 'GRANT' ? 'TO' : 'FROM'} PUBLIC;`).join('\n')

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-managed-'))
  const CATALOG_FILE = await ownCatalog(folder, ownEntity('thing'))
  const database = await createMigratedDatabase()
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
  await makeOwnTables(world, 'thing')
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('a source that refuses functions about its log and cluster is exported, also if that changes', async () => {
  attack({ name: 'a source that refuses functions of the server, as Aurora does', times: 4 })
  const tenant = await world.tenant({ rows: {} })
  const write = (code: string, day: number) =>
    world.sql(`INSERT INTO s.thing (tenant, code, name, updated_at) VALUES ($1, $2, $2, $3)`, [
      tenant.id,
      code,
      midnight(day),
    ])
  await write('first', 5)
  await tenant.register({ entityList: 'thing' })
  const modes: string[] = []
  for (const [index, word] of (['REVOKE', 'REVOKE', 'GRANT', 'REVOKE'] as const).entries()) {
    await world.sql(permit(word))
    // A worker asks once what its source refuses.
    await world.startWorker()
    if (index > 0) await write(`change ${index}`, 4 - index)
    const [run] = await tenant.backfill(midnight(4 - index))
    modes.push(`${word} ${run?.status} ${run?.entities[0]?.mode} ${run?.entities[0]?.rows}`)
    await world.stopWorkers()
  }
  expect(modes).toEqual([
    'REVOKE SUCCEEDED FULL 1',
    'REVOKE SUCCEEDED DELTA 0',
    'GRANT SUCCEEDED DELTA 1',
    'REVOKE SUCCEEDED DELTA 1',
  ])
  expect((await tenant.delivered()).flatMap(({ file }) => csvRows(file.content).map(({ code }) => code))).toEqual([
    'first',
    'change 1',
    'change 2',
  ])
})

test('a source that begins to refuse when it is restarted is read by the same worker', async () => {
  await world.sql(permit('GRANT'))
  const applicationName = 'before and after a restart'
  await using source = createSource({ url: world.config.source.url, poolSize: 1, applicationName })
  expect(await source.identity()).toMatchObject({ timeline: expect.any(Number) })
  await world.sql(permit('REVOKE'))
  await world.sql('SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity WHERE application_name = $1', [
    applicationName,
  ])
  const identity = await eventually('a new connection', () => source.identity().catch(() => undefined))
  expect(identity).toMatchObject({ systemIdentifier: expect.stringMatching(/^unknown\//), timeline: null })
})

test('the check of the source reports refused functions, since a restore may then stay unnoticed', async () => {
  await world.sql(permit('REVOKE'))
  await using source = createSource({ url: world.config.source.url, poolSize: 1 })
  expect(await source.identity()).toMatchObject({
    systemIdentifier: expect.stringMatching(/^unknown\/\d+$/),
    timeline: null,
    nextXid: expect.stringMatching(/^\d+$/),
  })
  const codes = (await source.checkDatabase()).map(({ code, cause }) => `${code}: ${/pg_\w+/.exec(cause)?.[0]}`)
  expect(codes).toEqual(['SOURCE_RESTORE_UNSEEN: pg_control_system', 'SOURCE_RESTORE_UNSEEN: pg_current_wal_lsn'])
  await world.startWorker()
  await eventually('the log to tell it', () => world.log().includes('it refuses to tell its WAL timeline'))
})
