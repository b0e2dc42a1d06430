import { expect, test } from 'vitest'
import { schemaChanges, type SchemaVersion } from '../../src/domain/schema-changes.js'

function version(schemaVersion: number, columns: string): SchemaVersion {
  const day = new Date('2026-11-23T00:00:00Z')
  const path = '/exports/acme/2026/11/23/user/user.csv'
  return { schemaVersion, columns, sequence: schemaVersion * 3, revision: 1, day, path, publishedAt: day }
}

const differences = (...columns: string[]) =>
  schemaChanges(columns.map((each, index) => version(index + 1, each))).map(
    ({ added, removed, retyped, isReordered }) => ({ added, removed, retyped, isReordered }),
  )

test('the first schema version adds all columns of the file', () => {
  expect(differences('code:string,score:number')).toEqual([
    {
      added: [
        { name: 'code', type: 'string' },
        { name: 'score', type: 'number' },
      ],
      ...{ removed: [], retyped: [], isReordered: false },
    },
  ])
})

test('a later schema version names the columns that were added, removed and retyped', () => {
  const [, second] = differences('code:string,score:number,old:date', 'code:integer,score:number,new:string:interval')
  expect(second).toEqual({
    added: [{ name: 'new', type: 'string:interval' }],
    removed: ['old'],
    retyped: [{ name: 'code', before: 'string', after: 'integer' }],
    isReordered: false,
  })
})

test('columns in another order are a change, and a column in between is none', () => {
  const [, moved, between] = differences('a:string,b:string', 'b:string,a:string', 'b:string,c:string,a:string')
  expect(moved).toEqual({ added: [], removed: [], retyped: [], isReordered: true })
  expect(between).toMatchObject({ added: [{ name: 'c' }], isReordered: false })
})

test('a change of the columns names the first file that has them', () => {
  expect(schemaChanges([version(1, 'a:string'), version(4, 'a:string,b:string')])).toMatchObject([
    { schemaVersion: 1, sequence: 3 },
    { schemaVersion: 4, sequence: 12, path: '/exports/acme/2026/11/23/user/user.csv' },
  ])
})
