import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEnvironment } from '../../src/config/env.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { dayFolder } from '../../src/domain/delivery-path.js'
import { attack } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import { makeOwnTables, ownCatalog, ownEntity } from '../support/postgres/own-source.js'
import { pythonHas } from '../support/programs/command-available.js'
import { createMigratedDatabase } from '../support/postgres/postgres.js'
import { csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

const run = promisify(execFile)
const columns = [
  ['day', 'date', 'date'],
  ['moment', 'datetime', 'timestamptz'],
  ['local', 'timestamp', 'timestamp'],
  ['clock', 'time', 'time'],
  ['price', 'number', 'numeric(12,2)'],
  ['ratio', 'number', 'float8'],
  ['cash', 'number', 'money'],
  ['tags', 'string', 'text[]'],
] as const
const regular = [
  "'2026-11-23'",
  "'2026-11-23 09:30Z'",
  "'2026-11-23 09:30'",
  "'09:30'",
  "'12.50'",
  "'0.5'",
  "'7.25'",
  "'{a}'",
]
const irregular = [
  "'infinity'",
  "'0044-03-15 BC'",
  "'12026-11-23'",
  "'24:00'",
  "'NaN'",
  "'-Infinity'",
  "'-0.10'",
  "'{}'",
]

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-values-'))
  const entities = (['keep', 'refuse', 'null'] as const).map((rule) => {
    const entity = ownEntity(`${rule}_it`) as { columns: object[] }
    const more = columns.map(([name, type]) => ({
      ...{ name, type, description: 'x', nullable: true, irregular: rule },
      ...(type === 'string' && { sourceType: 'text[]' }),
    }))
    return { ...entity, columns: [...entity.columns, ...more] }
  })
  const database = await createMigratedDatabase()
  const CATALOG_FILE = await ownCatalog(folder, ...entities)
  world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
  await makeOwnTables(world, 'keep_it', 'refuse_it', 'null_it')
  for (const rule of ['keep', 'refuse', 'null']) {
    await world.sql(`ALTER TABLE s.${rule}_it ${columns.map(([name, , type]) => `ADD ${name} ${type}`).join(', ')}`)
  }
  await world.startWorker()
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A tenant with a regular row of five days ago, and an irregular one of three days ago. */
async function tenantOf(rule: string): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: {} })
  for (const [code, values, day] of [
    ['regular', regular, 5],
    ['irregular', irregular, 3],
  ] as const) {
    await world.sql(
      `INSERT INTO s.${rule}_it (tenant, code, updated_at, ${columns.map(([name]) => name).join(', ')})
       VALUES ($1, $2, $3, ${values.join(', ')})`,
      [tenant.id, code, midnight(day)],
    )
  }
  await tenant.register({ entityList: `${rule} it` })
  return tenant
}

interface Described {
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
}

/** What each manifest says of the columns, by name. */
const fieldsOf = (delivered: Awaited<ReturnType<TestTenant['delivered']>>) =>
  delivered.map(({ resource }) => {
    const { fields } = (resource as unknown as Described).schema
    return Object.fromEntries(fields.map((field) => [field.name, field] as const))
  })

test('a value that its type does not have is kept, and only the manifest of that file calls the column text (promise 12)', async () => {
  attack({ name: 'infinity, years before 1 and after 9999, NaN, 24:00', times: 5 })
  const tenant = await tenantOf('keep')
  await tenant.backfill(midnight(4), midnight(2), midnight(1))
  const delivered = await tenant.delivered()
  expect(delivered.map(({ file }) => csvRows(file.content).map(({ code }) => code))).toEqual([
    ['regular'],
    ['irregular'],
    [],
  ])
  const [first, second, third] = fieldsOf(delivered)
  expect(first).toMatchObject({
    day: { type: 'date', sourceType: 'date' },
    moment: { type: 'datetime', sourceType: 'timestamp with time zone' },
    local: { type: 'datetime', sourceType: 'timestamp without time zone' },
    clock: { type: 'time' },
    price: { type: 'number', sourceType: 'numeric(12,2)', precision: 12, scale: 2 },
    ratio: { type: 'number', sourceType: 'double precision' },
    cash: { type: 'number', sourceType: 'money' },
    tags: { type: 'string', sourceType: 'text[]' },
  })
  const text = { type: 'string', irregular: true }
  expect(second).toMatchObject({ day: text, moment: text, local: text, clock: text, price: text, ratio: text })
  expect([second?.['cash'], third?.['day']]).toMatchObject([{ type: 'number' }, { type: 'date' }])
  expect(csvRows(delivered[0]!.file.content)[0]).toMatchObject({
    local: '2026-11-23T09:30:00',
    cash: '7.25',
    clock: '09:30:00',
  })
  expect(csvRows(delivered[1]!.file.content)[0]).toMatchObject({
    day: 'infinity',
    moment: '0044-03-15 00:00:00+00 BC',
    local: '12026-11-23T00:00:00',
    price: 'NaN',
    ratio: '-Infinity',
    cash: '-0.10',
  })
})

test('the catalog can refuse a file with irregular values', async () => {
  const tenant = await tenantOf('refuse')
  const [first, second] = await tenant.backfill(midnight(4), midnight(2))
  expect(first?.status).toBe('SUCCEEDED')
  expect(second?.entities[0]?.error).toEqual({
    code: 'SOURCE_VALUE_INVALID',
    message: expect.stringMatching(
      /^Rows of t-\w+ in s\.refuse_it have values .* can't have in day, moment, local, clock, price, ratio\. Correct the rows/,
    ),
  })
  expect(await tenant.delivered()).toHaveLength(1)
})

test('the catalog can replace irregular values by NULL, and verify accepts them', async () => {
  const tenant = await tenantOf('null')
  await tenant.backfill(midnight(4), midnight(2))
  const delivered = await tenant.delivered()
  expect(csvRows(delivered[1]!.file.content)[0]).toMatchObject({
    ...{ day: '', moment: '', local: '', clock: '', price: '', ratio: '' },
    ...{ cash: '-0.10', tags: '{}' },
  })
  expect(fieldsOf(delivered)[1]).toMatchObject({ day: { type: 'date' }, price: { type: 'number' } })
  await using verifier = await composeVerifier(world.config)
  const report = await verifier.verify({ withSource: true, tenantId: tenant.id }, new AbortController().signal)
  expect(report).toMatchObject({ differences: [], notComparable: [], notLookedAt: [], rows: 2, sourceRows: 2 })
})

const hasFrictionless = await pythonHas('frictionless', 'manifests by the frictionless package')

describe.runIf(hasFrictionless)('the frictionless package', () => {
  test('the frictionless package accepts the manifest of every day, also with irregular values (promise 8)', async () => {
    attack({ name: 'manifests read by the frictionless package', times: 6 })
    const sample = await createWorld()
    try {
      const tenant = await sample.tenant({ rows: 200, before: midnight(3) })
      await tenant.register({ exportOption: 'EXPORT_ALL' })
      await tenant.backfill(midnight(2))
      await tenant.mutate({ inserts: 5, updates: 5, deletes: 2 })
      await tenant.runNow()
      const odd = await tenantOf('keep')
      await odd.backfill(midnight(4), midnight(2), midnight(1))
      for (const each of [tenant, odd]) expect(await problemsOf(each)).toEqual([])
    } finally {
      await sample[Symbol.asyncDispose]()
    }
  })
})

const hasDuckDb = await pythonHas('duckdb', 'files by DuckDB')

describe.runIf(hasDuckDb)('DuckDB', () => {
  test('DuckDB reads every file with the types of its manifest, including NULL, early years and irregular values', async () => {
    attack({ name: 'files read by DuckDB', times: 3 })
    const tenant = await tenantOf('keep')
    await world.sql(
      `INSERT INTO s.keep_it (tenant, code, name, updated_at, day, moment, local)
       VALUES ($1, 'early', '', $2, '0044-03-15', '0001-01-01Z', '9999-12-31 23:59:59.999999')`,
      [tenant.id, midnight(5)],
    )
    await tenant.backfill(midnight(4), midnight(2), midnight(1))
    const read = await daysInDuckDb(tenant)
    expect(read).toEqual([
      [
        {
          ...{ code: 'early', name: '', price: null, clock: null },
          ...{ day: '0044-03-15', moment: '0001-01-01 00:00:00+00', local: '9999-12-31 23:59:59.999999' },
        },
        {
          code: 'regular',
          name: null,
          day: '2026-11-23',
          clock: '09:30:00',
          price: '12.5',
          ratio: '0.5',
          cash: '7.25',
          tags: '{a}',
        },
      ].map((row) => expect.objectContaining(row)),
      [
        expect.objectContaining({
          code: 'irregular',
          day: 'infinity',
          moment: '0044-03-15 00:00:00+00 BC',
          price: 'NaN',
        }),
      ],
      [],
    ])
  })
})

/** The rows of each file of a tenant, as DuckDB prints them after it has read them with the types of the manifest. */
async function daysInDuckDb(tenant: TestTenant): Promise<unknown[]> {
  const { root, days } = await download(tenant)
  const script = `
import duckdb, json, sys
types = {'string': 'VARCHAR', 'integer': 'BIGINT', 'number': 'DOUBLE', 'boolean': 'BOOLEAN', 'date': 'DATE', 'time': 'TIME'}
files = []
for day in sys.argv[1:]:
    for resource in json.load(open(day + '/datapackage.json'))['resources']:
        columns = {}
        for field in resource['schema']['fields']:
            zone = field['sourceType'] == 'timestamp with time zone'
            moment = 'TIMESTAMPTZ' if zone else 'TIMESTAMP'
            columns[field['name']] = moment if field['type'] == 'datetime' else types[field['type']]
        path = day + '/' + resource['path']
        rows = duckdb.read_csv(path, header=True, columns=columns, na_values=[''], allow_quoted_nulls=False)
        found = [dict(zip(columns, row)) for row in duckdb.sql('SELECT COLUMNS(*)::VARCHAR FROM rows ORDER BY code').fetchall()]
        assert len(found) == resource['rows']
        files.append(found)
print(json.dumps(files))
`
  const { stdout } = await run('python3', ['-c', script, ...days.toSorted().map((day) => join(root, day))], {
    env: { ...readEnvironment(), TZ: 'UTC' },
  })
  return JSON.parse(stdout) as unknown[]
}

/** Stores the tenant's files in a folder; gives it and the folders of the days in it. */
async function download(tenant: TestTenant): Promise<{ root: string; days: string[] }> {
  const root = await mkdtemp(join(folder, 'days-'))
  for (const { path, content } of await tenant.files()) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  const days = new Set((await tenant.files()).map(({ path }) => path.split('/').slice(0, 6).join('/')))
  expect(days.has(dayFolder(tenant.id, midnight(2)))).toBe(true)
  return { root, days: [...days] }
}

/** What the package finds wrong with the days of a tenant. */
async function problemsOf(tenant: TestTenant): Promise<string[]> {
  const { root, days } = await download(tenant)
  const script = `
import sys
from frictionless import Package
for day in sys.argv[1:]:
    report = Package(day + '/datapackage.json').validate()
    for row in report.flatten(['type', 'message']):
        print(day[-10:], *row)
`
  const { stdout } = await run('python3', ['-c', script, ...days.map((day) => join(root, day))])
  return stdout.split('\n').filter((line) => line !== '')
}
