import { expect, test } from 'vitest'
import type { Delivery } from '../../src/domain/delivery.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import { loadingOf } from '../../src/domain/manifest-loading.js'
import { anEntity } from '../support/world/builders.js'

const day = new Date('2026-11-23T00:00:00Z')
const from = new Date('2026-11-22T00:00:00Z')
const entity = anEntity('user')

function aFile(overrides: Partial<Delivery>): Delivery {
  return {
    ...{ entity: 'user', columns: 'code:string,is_deleted:boolean,updated_at:datetime', format: defaultFileFormat },
    ...{ load: { mode: 'DELTA', from, fromSnapshot: '1:1:', previous: 4 }, to: day, sequence: 5, revision: 1 },
    ...{ schemaVersion: 2, redelivered: false },
    ...overrides,
  } as Delivery
}

test('a delta tells a program to merge it by key after the file before it', () => {
  expect(loadingOf(entity, aFile({}))).toEqual({
    version: 1,
    entity: 'user',
    mode: 'delta',
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-11-23T00:00:00.000Z',
    sequence: 5,
    previousSequence: 4,
    revision: 1,
    schemaVersion: 2,
    redelivered: false,
    changeSemantics: 'upsert-by-key',
    ifAlreadyLoaded: 'skip',
    versionColumn: 'updated_at',
    deletedColumn: 'is_deleted',
    changeTypeColumn: null,
    nullValue: '',
    emptyString: '""',
  })
})

test('a full load tells a program to replace the table, also if it was delivered again and never loaded', () => {
  const load = { mode: 'FULL', reason: 'REQUESTED' } as const
  const first = { mode: 'full', from: null, previousSequence: null, changeSemantics: 'replace-table' }
  expect(loadingOf(entity, aFile({ load }))).toMatchObject({ ...first, ifAlreadyLoaded: 'skip' })
  const again = loadingOf(entity, aFile({ load, redelivered: true, revision: 2 }))
  expect(again).toMatchObject({ ...first, ifAlreadyLoaded: 'upsert-by-key-unless-newer' })
})

test('a redelivered delta must not undo what a later file has changed', () => {
  expect(loadingOf(entity, aFile({ redelivered: true, revision: 2 }))).toMatchObject({
    changeSemantics: 'upsert-by-key',
    ifAlreadyLoaded: 'upsert-by-key-unless-newer',
    versionColumn: 'updated_at',
  })
})

test('a file without a column, and an entity that the catalog no longer has, name no such column', () => {
  const bare = { versionColumn: null, deletedColumn: null, changeTypeColumn: null }
  expect(loadingOf(entity, aFile({ columns: 'code:string,score:number' }))).toMatchObject(bare)
  expect(loadingOf(undefined, aFile({}))).toMatchObject({ versionColumn: null, deletedColumn: 'is_deleted' })
})

test('a file with change types names their column', () => {
  const file = aFile({
    columns: 'code:string,change_type:string',
    format: { ...defaultFileFormat, changeType: true },
  })
  expect(loadingOf(entity, file)).toMatchObject({ changeTypeColumn: 'change_type' })
})
