import { expect, test } from 'vitest'
import { adopt, admin, adopter, entityOf, full, later, read, requestFor, source, useShop } from './support/adopted.js'
import { shopTables } from './support/shop.js'

useShop()

test.each(shopTables)('the table $name is adopted, passes the check of the source, and delivers', async (table) => {
  const { name, rows } = table
  const key = 'key' in table ? table.key : undefined
  const request = requestFor(name, {
    tombstones: true,
    ...(key && { key }),
    ...('tenantId' in table && { tenantId: 'acme' }),
  })
  const plan = await adopt(request)
  expect(plan.steps.length).toBeGreaterThan(0)
  // A second adoption finds nothing that is missing.
  expect((await adopter.plan(request)).steps).toEqual([])

  const entity = await entityOf(name, key)
  expect(await source.check(entity, { countRows: true })).toEqual([])
  const to = await later()
  const first = await read(full(entity, to))
  expect(first.rows).toHaveLength(rows)

  const label = `shop."${name}"`
  const columns = entity.key.map((column) => `"${column}"`).join(', ')
  await admin.query(
    `UPDATE ${label} SET is_deleted = true WHERE (${columns}) = (SELECT ${columns} FROM ${label} LIMIT 1)`,
  )
  const delta = {
    entity,
    tenantId: 'acme',
    to: await later(),
    mode: 'delta',
    from: to,
    snapshot: first.snapshot,
  } as const
  expect((await read(delta)).rows).toHaveLength(1)
})

test('the rows that are there keep their place in the table, and get the given date', async () => {
  await admin.query(
    `CREATE TABLE shop.kept (id int PRIMARY KEY, store text NOT NULL); INSERT INTO shop.kept VALUES (1, 'acme')`,
  )
  const fileOf = async (): Promise<unknown> =>
    (await admin.query(`SELECT pg_relation_filenode('shop.kept') AS file, ctid::text FROM shop.kept`)).rows
  const before = await fileOf()
  await adopt(requestFor('kept', { dated: '2020-05-01T00:00:00Z' }))
  expect(await fileOf()).toEqual(before)
  const { rows } = await admin.query(`SELECT updated_at, change_xid::text, is_deleted FROM shop.kept`)
  expect(rows).toEqual([{ updated_at: new Date('2020-05-01T00:00:00Z'), change_xid: '3', is_deleted: false }])
})

test('a new row of an adopted table has the time and the transaction of its insert', async () => {
  await admin.query('CREATE TABLE shop.fresh (id int PRIMARY KEY, store text NOT NULL)')
  await adopt(requestFor('fresh'))
  await admin.query(`INSERT INTO shop.fresh VALUES (1, 'acme')`)
  const { rows } = await admin.query(
    `SELECT updated_at > now() - interval '1 hour' AS dated, change_xid > '3'::xid8 AS named FROM shop.fresh`,
  )
  expect(rows).toEqual([{ dated: true, named: true }])
})

test('only what a table lacks is planned', async () => {
  await admin.query(`CREATE TABLE shop.partly (id int PRIMARY KEY, store text NOT NULL, updated_at timestamptz NOT NULL,
    is_deleted boolean NOT NULL DEFAULT false); CREATE INDEX ON shop.partly (store, updated_at, id)`)
  const { steps } = await adopter.plan(requestFor('partly'))
  expect(steps.map(({ title }) => title)).toEqual([
    'add change_xid, the trigger to shop.partly',
    'index shop.partly by store, change_xid',
    expect.stringMatching(/^let role_\w+ read shop.partly$/),
  ])
})

test.each([
  ['nothing', {}, 'There is no table shop.nothing'],
  ['a_view', {}, 'it is not a table'],
  ['payment_2025', {}, 'it is a partition'],
  ['no_key', {}, 'it has no primary key'],
  ['no_key', { key: ['nickname'] }, 'it has no column nickname'],
  ['no_key', { key: ['name'] }, 'name may be NULL'],
  ['plain', { tenantColumn: 'customer' }, 'it has no column customer'],
  ['plain', { updatedAtColumn: 'name' }, 'the column name is of type text, but must be timestamptz'],
  ['plain', { changeXidColumn: 'name' }, 'the column name is of type text, but must be xid8'],
  ['padded', {}, 'is of type char(n)'],
  ['plain', { reader: 'stranger' }, 'There is no role stranger'],
])('the adoption of %s with %j is refused, and changes nothing', async (name, more, says) => {
  await admin.query(`CREATE OR REPLACE VIEW shop.a_view AS SELECT 1 AS id;
    CREATE TABLE IF NOT EXISTS shop.no_key (code text NOT NULL, name text, store text NOT NULL);
    CREATE TABLE IF NOT EXISTS shop.plain (id int PRIMARY KEY, name text, store text NOT NULL);
    CREATE TABLE IF NOT EXISTS shop.padded (id int PRIMARY KEY, store char(8) NOT NULL)`)
  await expect(adopter.plan(requestFor(name, more))).rejects.toThrow(says)
})

test('a nullable tenant column is remarked on, and stays as it is', async () => {
  await admin.query('CREATE TABLE shop.loose (id int PRIMARY KEY, store text)')
  const { remarks } = await adopt(requestFor('loose'))
  expect(remarks).toEqual(['The tenant column store of shop.loose may be NULL. A row without a tenant is in no file.'])
})
