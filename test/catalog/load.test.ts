import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatalogError, loadCatalog, parseCatalog } from '../../src/catalog/load.js'
import { columnsFingerprint, columnTypes } from '../../src/domain/entity.js'
import { namesOf } from '../../src/domain/described.js'

const displayNames = [
  'user',
  'user logins',
  'site',
  'site category',
  'content',
  'comment',
  'feed',
  'file',
  'interaction',
  'must reads',
  'theme',
  'section instance',
  'newsletter',
  'newsletter interaction',
  'newsletter category',
  'survey response',
  'survey recipient',
  'survey instance',
  'survey instance question',
  'survey question bank',
  'survey question answer bank',
  'sentiment check configuration',
  'sentiment check response',
  'awareness check question',
  'awareness check option',
  'awareness check response',
]

describe('the default catalog', async () => {
  const { entities } = await loadCatalog(undefined)

  test('the default catalog has the 26 entities', () => {
    expect(entities.map((entity) => entity.displayName).toSorted()).toEqual(displayNames.toSorted())
  })

  test('the default catalog derives internal names from display names, with two exceptions', () => {
    const unusual = entities.filter(({ name, displayName }) => name !== displayName.replaceAll(' ', '_'))
    expect(unusual.map(({ displayName, name }) => `${displayName}: ${name}`)).toEqual([
      'user logins: user_login_events',
      'must reads: content_must_read_marked',
    ])
  })

  test.each(entities)(
    'the entity $displayName has a key, its tenant and what deltas need',
    ({ columns, ...entity }) => {
      expect(entity).toMatchObject({
        table: { schema: 'analytics', name: entity.name },
        tenantColumn: 'tenant_code',
        updatedAtColumn: 'updated_at',
        changeXidColumn: 'change_xid',
        key: ['code'],
      })
      expect(columns.slice(0, 2)).toMatchObject([
        { name: 'code', type: 'string', nullable: false },
        { name: 'tenant_code', type: 'string', nullable: false },
      ])
      expect(columns.slice(-3)).toMatchObject([
        { name: 'is_deleted', type: 'boolean', nullable: false },
        { name: 'created_at', type: 'datetime', nullable: false },
        { name: 'updated_at', type: 'datetime', nullable: false },
      ])
      expect(columns.map(({ name }) => name)).not.toContain('change_xid')
    },
  )

  test('the default catalog names columns by their contents', () => {
    const columns = entities.flatMap((entity) => entity.columns)
    const wrong = columns.filter(
      ({ name, type }) =>
        name.endsWith('_at') !== (type === 'datetime') ||
        (name.endsWith('_code') && type !== 'string') ||
        name.startsWith('is_') !== (type === 'boolean'),
    )
    expect(wrong).toEqual([])
    // The sample has no times without a zone.
    const used = namesOf(columnTypes).filter((type) => type !== 'timestamp' && type !== 'time')
    expect(new Set(columns.map(({ type }) => type))).toEqual(new Set(used))
  })
})

const column = { name: 'id', type: 'string', description: 'The key.' }
const entity = {
  name: 'orders',
  displayName: 'purchase orders',
  description: 'What was ordered.',
  kind: 'snapshot',
  table: 'shop.Orders',
  tenantColumn: 'company',
  key: ['id'],
  columns: [column, { name: 'total', type: 'number', description: 'In cents.', nullable: true }],
}
const problemsOf = (json: unknown): readonly string[] => {
  try {
    parseCatalog(json)
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
  return []
}

test('the default catalog tags columns with personal data', async () => {
  const { entities } = await loadCatalog(undefined)
  const tagged = entities.flatMap(({ name, columns }) =>
    columns.flatMap((each) => (each.tags?.includes('pii') ? [`${name}.${each.name}`] : [])),
  )
  expect(tagged).toEqual([
    'user.external_id',
    'user.email',
    'user.first_name',
    'user.last_name',
    'user.profile',
    'user_login_events.ip_address',
  ])
})

test('a column with pii has that tag, beside its other tags', () => {
  const given = [
    { ...column, pii: true },
    { ...column, name: 'note', pii: true, tags: ['free-text', 'pii'] },
    { ...column, name: 'size', pii: false, tags: ['metric'] },
  ]
  const [read] = parseCatalog({ entities: [{ ...entity, key: [column.name], columns: given }] }).entities
  expect(read?.columns.map(({ tags }) => tags)).toEqual([['pii'], ['pii', 'free-text'], ['metric']])
  expect(read?.columns[0]).not.toHaveProperty('pii')
})

test('a tag does not change the form of a file', () => {
  const [plain] = parseCatalog({ entities: [entity] }).entities
  const columns = entity.columns.map((each) => ({ ...each, tags: ['pii'] }))
  const [tagged] = parseCatalog({ entities: [{ ...entity, tags: ['sales'], columns }] }).entities
  expect(tagged).toMatchObject({ tags: ['sales'], columns: [{ tags: ['pii'] }, { tags: ['pii'] }] })
  expect(columnsFingerprint(tagged!)).toBe(columnsFingerprint(plain!))
})

describe('an operator’s catalog', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-catalog-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('an operator’s catalog is read from its file, and defaults are filled in', async () => {
    const file = join(folder, 'catalog.json')
    await writeFile(file, JSON.stringify({ entities: [entity] }))
    expect(await loadCatalog(file)).toEqual({
      entities: [
        {
          ...entity,
          table: { schema: 'shop', name: 'Orders' },
          updatedAtColumn: 'updated_at',
          changeXidColumn: 'change_xid',
          changeTracking: 'trigger',
          columns: [
            { ...column, nullable: false },
            { name: 'total', type: 'number', description: 'In cents.', nullable: true },
          ],
        },
      ],
    })
  })

  test('an operator’s catalog is refused by name when its file is missing or not JSON', async () => {
    const missing = join(folder, 'missing.json')
    await expect(loadCatalog(missing)).rejects.toThrow(/The catalog .*missing\.json is not usable:\n.*ENOENT/)
    const broken = join(folder, 'broken.json')
    await writeFile(broken, '{ "entities": [')
    await expect(loadCatalog(broken)).rejects.toThrow(/The catalog .*broken\.json is not usable:\n.*JSON/)
  })

  const where = 'entities[0] (purchase orders)'
  test.each<[string, unknown, string]>([
    ['no object', [], 'the file: must be a catalog'],
    ['no entities', { entities: [] }, 'entities: must have at least one entity'],
    ['an unknown field', { ...entity, tabel: 'x' }, `${where}: has unknown fields: tabel`],
    ['an internal name in capitals', { ...entity, name: 'Orders' }, `${where}.name: must be a name of a-z`],
    ['an internal name of 64 characters', { ...entity, name: 'o'.repeat(64) }, `${where}.name: must be a name of a-z`],
    ['a path as internal name', { ...entity, name: '../etc' }, `${where}.name: must be a name of a-z`],
    ['a comma', { ...entity, displayName: 'a, b' }, 'entities[0] (a, b).displayName: must be words'],
    ['two spaces', { ...entity, displayName: 'a  b' }, 'entities[0] (a  b).displayName: must be words'],
    ['no GraphQL name', { ...entity, displayName: '2nd' }, 'entities[0] (2nd).displayName: must be words'],
    ['an empty description', { ...entity, description: ' ' }, `${where}.description: must not be empty`],
    ['a tag in capitals', { ...entity, tags: ['PII'] }, `${where}.tags[0]: must be a word of a-z and 0-9`],
    ['a tag of two words', { ...entity, tags: ['a b'] }, `${where}.tags[0]: must be a word of a-z and 0-9`],
    [
      'a tag of 41 characters',
      { ...entity, tags: ['a'.repeat(41)] },
      `${where}.tags[0]: must have at most 40 characters`,
    ],
    ['a tag that is no text', { ...entity, tags: [7] }, `${where}.tags[0]: must be a word`],
    ['tags as a text', { ...entity, tags: 'pii' }, `${where}.tags: must be a list of words`],
    ['a repeated tag', { ...entity, tags: ['pii', 'pii'] }, `${where}.tags: must not repeat a tag`],
    [
      '21 tags',
      { ...entity, columns: [{ ...column, tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }] },
      `${where}.columns[0] (id).tags: must have at most 20 tags`,
    ],
    ['an unknown kind', { ...entity, kind: 'log' }, `${where}.kind: must be one of snapshot, event`],
    ['an unqualified table', { ...entity, table: 'orders' }, `${where}.table: must be schema.table`],
    ['a quoted table', { ...entity, table: 'shop."Orders"' }, `${where}.table: must be schema.table`],
    ['a long table', { ...entity, table: `a.${'b'.repeat(64)}` }, `${where}.table: must be schema.table`],
    ['no tenant column', { ...entity, tenantColumn: undefined }, `${where}.tenantColumn: must be the name of a column`],
    ['no key', { ...entity, key: [] }, `${where}.key: must name at least one column`],
    ['a key that is no column', { ...entity, key: ['code'] }, `${where}.key: code is not among the columns`],
    ['a key that may be NULL', { ...entity, key: ['id', 'total'] }, `${where}.key: total must not be nullable`],
    ['a key column twice', { ...entity, key: ['id', 'id'] }, `${where}.key: names id more than once`],
    [
      'an unknown way of tracking changes',
      { ...entity, changeTracking: 'hope' },
      `${where}.changeTracking: must be one of trigger, application`,
    ],
    ['no columns', { ...entity, columns: [], key: [] }, `${where}.columns: must have at least one column`],
    [
      'an unknown type',
      { ...entity, columns: [{ ...column, type: 'uuid' }] },
      `${where}.columns[0] (id).type: must be one of string, integer, number, boolean, datetime, timestamp, date, time, json`,
    ],
    [
      'a column name with a blank',
      { ...entity, columns: [column, { ...column, name: 'a b' }] },
      `${where}.columns[1] (a b).name: must be a name of letters`,
    ],
    [
      'a column twice',
      { ...entity, columns: [column, { ...column, name: 'ID' }] },
      `${where}.columns: id is listed more than once`,
    ],
    [
      'a time of change that may be NULL',
      { ...entity, columns: [column, { ...column, name: 'updated_at', type: 'datetime', nullable: true }] },
      `${where}.updatedAtColumn: updated_at must be a datetime that is not nullable`,
    ],
    [
      'one column for two purposes',
      { ...entity, changeXidColumn: 'updated_at' },
      `${where}.changeXidColumn: must be another column than updatedAtColumn`,
    ],
    [
      'only one of the columns of an insert',
      { ...entity, insertXidColumn: 'insert_xid' },
      `${where}.insertXidColumn: needs insertedAtColumn, and the other way round`,
    ],
  ])('a catalog with %s is refused', (_what, broken, problem) => {
    const isFile = Array.isArray(broken) || 'entities' in (broken as object)
    expect(problemsOf(isFile ? broken : { entities: [broken] })).toContainEqual(expect.stringContaining(problem))
  })

  test('a catalog is refused when two of its names cannot be told apart', () => {
    const other = { ...entity, name: 'others', displayName: 'others' }
    const pair = `entities[0] (purchase orders), entities[1]`
    expect(problemsOf({ entities: [entity, { ...other, name: 'orders' }] })).toEqual([
      `${pair} (others): the internal name orders is used more than once`,
    ])
    expect(problemsOf({ entities: [entity, { ...other, displayName: 'purchaseorders' }] })).toEqual([
      `${pair} (purchaseorders): the display names differ only in case and spaces`,
    ])
    expect(problemsOf({ entities: [entity, { ...other, displayName: 'purchase_orders' }] })).toContain(
      `${pair} (purchase_orders): the display names have the same GraphQL name PURCHASE_ORDERS`,
    )
    expect(problemsOf({ entities: [entity, { ...other, displayName: 'orders' }] })).toEqual([
      'entities[0] (purchase orders).name: is the display name of entities[1] (orders)',
    ])
  })

  test('all problems of a catalog are reported together', () => {
    const problems = problemsOf({
      version: 1,
      entities: [
        { ...entity, kind: 'log', key: ['nowhere'] },
        { ...entity, displayName: 'Purchase Orders', columns: [column, column] },
        'nonsense',
      ],
    })
    expect(problems).toEqual([
      'entities[0] (purchase orders).kind: must be one of snapshot, event',
      'entities[1] (Purchase Orders).displayName: must be words of a-z and 0-9, single-spaced, starting with a letter',
      'entities[2]: must be an entity',
      'the file: has unknown fields: version',
      'entities[0] (purchase orders), entities[1] (Purchase Orders): the internal name orders is used more than once',
      'entities[0] (purchase orders), entities[1] (Purchase Orders): the display names differ only in case and spaces',
      'entities[0] (purchase orders).key: nowhere is not among the columns',
      'entities[1] (Purchase Orders).columns: id is listed more than once',
    ])
  })
})
