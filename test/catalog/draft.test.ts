import { expect, test } from 'vitest'
import { draftCatalog } from '../../src/catalog/draft.js'
import { parseCatalog } from '../../src/catalog/load.js'
import type { TableDescription } from '../../src/domain/table-description.js'

const options = { tenantColumns: ['tenant_id', 'org'], updatedAtColumn: 'updated_at', changeXidColumn: 'change_xid' }

const column = (name: string, more: object = {}): TableDescription['columns'][number] => ({
  ...{ name, type: 'string', sqlType: 'text', nullable: false, comment: null },
  ...more,
})

const tracked = [
  column('updated_at', { type: 'datetime' }),
  column('change_xid', { sourceType: 'xid8' }),
  column('is_deleted', { type: 'boolean' }),
]

function table(name: string, more: Partial<TableDescription> = {}): TableDescription {
  const columns = [column('tenant_id'), column('id', { type: 'integer' }), ...tracked]
  return {
    schema: 'shop',
    name,
    comment: null,
    columns,
    primaryKey: ['tenant_id', 'id'],
    recordsDeletions: false,
    ...more,
  }
}

test('a table becomes an entity of a catalog that can be used', () => {
  const { file, notes } = draftCatalog([table('OrderLine', { comment: 'Lines of\n orders.' })], options)
  expect(notes).toEqual([])
  const [entity] = parseCatalog(file).entities
  expect(entity).toMatchObject({
    ...{ name: 'order_line', displayName: 'order line', description: 'Lines of orders.' },
    ...{ table: { schema: 'shop', name: 'OrderLine' }, tenantColumn: 'tenant_id', key: ['id'] },
  })
  expect(entity?.columns.map(({ name }) => name)).toEqual(['tenant_id', 'id', 'updated_at', 'is_deleted'])
})

test('a table with a trigger for deletions has tombstones, and its table of deleted rows is no entity', () => {
  const { file } = draftCatalog([table('orders', { recordsDeletions: true }), table('orders_deleted')], options)
  const { entities } = parseCatalog(file)
  expect(entities.map(({ name, tombstones }) => [name, tombstones])).toEqual([
    ['orders', { schema: 'shop', name: 'orders_deleted' }],
  ])
})

test.each([
  ['a name with a space', table('order lines'), 'a catalog cannot name it'],
  ['no tenant column', table('orders', { columns: [column('id')] }), 'it has no column tenant_id or org'],
  ['no primary key', table('orders', { primaryKey: [] }), 'it has no primary key'],
  [
    'a key with a space',
    table('orders', { columns: [column('tenant_id'), column('i d')], primaryKey: ['i d'] }),
    'its key i d',
  ],
])('a table with %s is left out, and a note gives the reason', (_, described, why) => {
  const { file, notes } = draftCatalog([described], options)
  expect(file.entities).toEqual([])
  expect(notes.join()).toContain('is left out: ')
  expect(notes.join()).toContain(why)
})

test('a column that cannot be exported is left out with a note', () => {
  const columns = [
    ...table('orders').columns,
    column('kind', { type: undefined, sqlType: 'regclass' }),
    column('not plain'),
  ]
  const { file, notes } = draftCatalog([table('orders', { columns })], options)
  expect(parseCatalog(file).entities[0]?.columns.some(({ name }) => name === 'kind')).toBe(false)
  expect(notes).toEqual([
    'shop.orders loses the column kind: the type regclass cannot be exported.',
    'shop.orders loses the column not plain: a catalog cannot name it.',
  ])
})

test('a table without the columns of changes is described, and a note names the command that adds them', () => {
  const { file, notes } = draftCatalog([table('orders', { columns: [column('tenant_id'), column('id')] })], options)
  expect(file.entities).toHaveLength(1)
  expect(notes).toEqual(['shop.orders lacks updated_at and change_xid: run `source adopt`.'])
})

test('tables of the same name in two schemas get the name of their schema', () => {
  const { file } = draftCatalog([table('orders'), table('orders', { schema: 'archive' })], options)
  expect(parseCatalog(file).entities.map(({ name }) => name)).toEqual(['shop_orders', 'archive_orders'])
})
