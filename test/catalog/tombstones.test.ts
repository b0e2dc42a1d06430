import { expect, test } from 'vitest'
import { parseCatalog } from '../../src/catalog/load.js'

const column = (name: string, type = 'string', more: object = {}): object => ({
  name,
  type,
  description: 'A column.',
  ...more,
})

function parse(more: object): ReturnType<typeof parseCatalog> {
  const entity = {
    ...{ name: 'orders', displayName: 'orders', description: 'Orders.', kind: 'snapshot', table: 'shop.orders' },
    ...{ tenantColumn: 'customer', key: ['number'] },
    columns: [
      column('number'),
      column('total', 'number'),
      column('updated_at', 'datetime'),
      column('is_deleted', 'boolean'),
    ],
    ...more,
  }
  return parseCatalog({ entities: [entity] })
}

test.each([
  [true, { schema: 'shop', name: 'orders_deleted' }],
  ['audit.gone', { schema: 'audit', name: 'gone' }],
  [false, undefined],
])('tombstones %j name the table of deleted rows', (tombstones, table) => {
  expect(parse({ tombstones }).entities[0]?.tombstones).toEqual(table)
})

test('without tombstones an entity has no field for them', () => {
  expect(parse({}).entities[0]).not.toHaveProperty('tombstones')
})

test('with tombstones every column may be NULL that a deleted row has no value for', () => {
  const columns = parse({ tombstones: true }).entities[0]?.columns.map(({ name, nullable }) => [name, nullable])
  expect(columns).toEqual([
    ['number', false],
    ['total', true],
    ['updated_at', false],
    ['is_deleted', false],
  ])
})

test.each([
  [{ columns: [column('number')] }, 'needs a boolean column is_deleted that is not nullable among the columns'],
  [{ columns: [column('number'), column('is_deleted')] }, 'needs a boolean column is_deleted'],
  [
    { columns: [column('number'), column('is_deleted', 'boolean', { nullable: true })] },
    'needs a boolean column is_deleted',
  ],
  [{ tombstones: 'shop.orders' }, 'must be another table than the table of the entity'],
  [{ table: `shop.${'o'.repeat(60)}` }, 'is longer than 63'],
  [{ tombstones: 'gone' }, 'must be schema.table, unquoted'],
])('tombstones of %j are refused', (more, problem) => {
  expect(() => parse({ tombstones: true, ...more })).toThrow(problem)
})
