import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { startProgram } from '../support/programs/program.js'

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-catalog-'))
  database = await createMigratedDatabase()
})
afterAll(async () => {
  await database?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function catalog(...words: string[]): Promise<{ code: number | null; result: string; output: string }> {
  const environment = { SOURCE_DATABASE_URL: database.readerUrl }
  const command = startProgram('cli', ['catalog', ...words], environment)
  const code = await command.exitCode()
  return { code, result: command.result(), output: command.output() }
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test('catalog init describes the sample source, and catalog check finds nothing in it', async () => {
  const made = await catalog('init', '--tenant', 'tenant_code', '--schema', 'analytics')
  expect(made.code).toBe(0)
  const { entities } = JSON.parse(made.result) as { entities: { name: string; key: string[] }[] }
  expect(entities).toHaveLength(26)
  expect(entities[0]).toMatchObject({ table: 'analytics.awareness_check_option', key: ['code'] })
  const checked = await catalog('check', await fileOf('made.json', made.result))
  expect([checked.code, checked.result]).toEqual([
    0,
    expect.stringContaining('Entities: 26. Refusals: 0. Warnings: 0.'),
  ])
})

test('catalog check lists each problem of a file, and each difference from the tables', async () => {
  const wrong = await catalog('check', await fileOf('wrong.json', '{ "entities": [{ "name": "User" }] }'))
  expect(wrong.code).toBe(1)
  expect(wrong.output).toContain('entities[0] (User).columns: must be a list of columns')
  const column = { name: 'nickname', type: 'string', description: 'A column.' }
  const entity = {
    ...{ name: 'user', displayName: 'user', description: 'Users.', kind: 'snapshot', table: 'analytics.user' },
    ...{ tenantColumn: 'tenant_code', key: ['code'], columns: [{ ...column, name: 'code' }, column] },
  }
  const file = await fileOf('other.json', JSON.stringify({ entities: [entity] }))
  const differs = await catalog('check', file)
  expect([differs.code, differs.result]).toEqual([1, expect.stringContaining('there is no column nickname')])
  const alone = await catalog('check', file, '--no-source', '--json')
  expect([alone.code, JSON.parse(alone.result)]).toEqual([0, { entities: 1, source: null }])
})

test('catalog diff says what changes from the catalog in use', async () => {
  const same = await catalog('diff', 'src/catalog/default-catalog.json')
  expect([same.code, same.result]).toEqual([
    0,
    'Entities that change: 0. Entities whose next file is a full load: 0.\n',
  ])
  const other = await catalog('diff', 'docs/examples/shop-catalog.json')
  expect(other.result).toContain('orders')
  expect(other.result).toContain('Entities that change: 27. Entities whose next file is a full load: 1.')
})

test('catalog init without a source names the setting that it lacks', async () => {
  const command = startProgram('cli', ['catalog', 'init', '--tenant', 'x'], {})
  expect(await command.exitCode()).toBe(6)
  expect(command.output()).toContain('SOURCE_DATABASE_URL')
})
