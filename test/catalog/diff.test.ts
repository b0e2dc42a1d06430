import { expect, test } from 'vitest'
import { diffCatalogs, type EntityDiff } from '../../src/catalog/diff.js'
import { parseCatalog } from '../../src/catalog/load.js'
import type { Catalog } from '../../src/domain/entity.js'

interface Given {
  readonly columns?: readonly object[]
  readonly [field: string]: unknown
}

const column = (name: string, more: object = {}): object => ({
  name,
  type: 'string',
  description: 'A column.',
  ...more,
})
const deleted = column('is_deleted', { type: 'boolean' })

function catalog(more: Given = {}): Catalog {
  const entity = {
    ...{ name: 'orders', displayName: 'orders', description: 'Orders.', kind: 'snapshot', table: 'shop.orders' },
    ...{ tenantColumn: 'customer', key: ['a'], columns: [column('a'), column('b'), deleted], ...more },
  }
  return parseCatalog({ entities: [entity] })
}

function diff(before: Given, after: Given): EntityDiff | undefined {
  return diffCatalogs(catalog(before), catalog(after))[0]
}

const columns = (...list: object[]): Given => ({ columns: list })

test('two equal catalogs have no difference', () => {
  expect(diffCatalogs(catalog(), catalog())).toEqual([])
})

test('an entity that is added begins with a full load, and one that is removed ends', () => {
  const [added, removed] = diffCatalogs(catalog({ name: 'old', displayName: 'old' }), catalog())
  expect(added).toMatchObject({ entity: 'orders', change: 'added', fullLoad: 'yes' })
  expect(removed).toMatchObject({ entity: 'old', change: 'removed', fullLoad: 'no' })
})

test.each([
  ['appended', [column('a'), column('b'), column('c')], 'no', 'Appended columns: c.'],
  ['inserted', [column('a'), column('c'), column('b')], 'yes', 'Inserted columns: c.'],
  ['dropped', [column('a')], 'yes', 'Dropped columns: b.'],
  ['moved', [column('b'), column('a')], 'yes', 'Moved columns: b, a.'],
  ['retyped', [column('a'), column('b', { type: 'json' })], 'yes', 'Retyped columns: b (string to json).'],
  [
    'of another source type',
    [column('a'), column('b', { sourceType: 'interval' })],
    'yes',
    'Retyped columns: b (string to string interval).',
  ],
])('a column that is %s is named, with the full load that it causes', (_, after, fullLoad, detail) => {
  expect(diff(columns(column('a'), column('b')), columns(...after))).toMatchObject({ fullLoad, details: [detail] })
})

test('another table needs a full load that an operator must request', () => {
  expect(diff({}, { table: 'shop.archive' })).toMatchObject({
    fullLoad: 'request',
    details: ['The table changes from shop.orders to shop.archive.'],
  })
})

test('rows for deleted rows are announced, with the request of a full load', () => {
  const found = diff({}, { tombstones: true })
  expect(found).toMatchObject({ fullLoad: 'request' })
  expect(found?.details[0]).toBe('Deltas have a row for each row that is deleted from now on.')
})

test('a change of the data dictionary alone causes no full load', () => {
  const after = {
    columns: [column('a'), column('b', { tags: ['pii'], nullable: true, description: 'Another.' }), deleted],
  }
  expect(diff({}, { ...after, displayName: 'sales', description: 'Sales.' })).toMatchObject({
    fullLoad: 'no',
    details: [
      'Its display name changes from orders to sales, and its value in GraphQL to SALES.',
      'Columns that may be NULL, or no longer may: b.',
      'Columns with other tags: b.',
      'Columns with another description: b.',
      'The description, kind or tags of the entity change.',
    ],
  })
})
