import { describe, expect, test } from 'vitest'
import {
  type ColumnSelection,
  columnTags,
  deliveredEntity,
  isContinued,
  isSameSelection,
  requiredColumns,
  selectionOf,
  writtenColumns,
} from '../../src/domain/column-selection.js'
import { canTellInserts, changeTypeColumn, entityOfFiles } from '../../src/domain/change-type.js'
import type { Column, Entity } from '../../src/domain/entity.js'
import { planLoad } from '../../src/domain/window.js'
import { aCatalog, anEntity, aWatermark, sourceIdentity } from '../support/world/builders.js'

const column = (name: string, tags: readonly string[] = []): Column => ({
  name,
  type: 'string',
  description: 'A value.',
  nullable: true,
  tags,
})
const columns = [
  column('code'),
  column('email', ['pii']),
  column('note', ['free-text', 'pii']),
  column('title'),
  column('is_deleted'),
  column('updated_at'),
]
const person = anEntity('person', { columns })
const selecting = (filter: ColumnSelection['columns'][string], excludeTags: readonly string[] = []) => ({
  columns: { person: filter },
  excludeTags,
})
const withoutPersonalData = { columns: {}, excludeTags: ['pii'] }
const namesOf = (entity: Entity): string[] => entity.columns.map(({ name }) => name)
const delivered = (selection: ColumnSelection | undefined, entity = person): string[] =>
  namesOf(deliveredEntity(entity, selection))

describe('the delivered columns', () => {
  test('without a selection an entity is delivered as the catalog has it (promise 15)', () => {
    expect(deliveredEntity(person, undefined)).toBe(person)
    expect(deliveredEntity(person, null)).toBe(person)
    expect(deliveredEntity(person, { columns: { other: { exclude: ['title'] } }, excludeTags: [] })).toBe(person)
  })

  test('included columns are delivered in the order of the catalog, with those that always stay', () => {
    expect(delivered(selecting({ include: ['title', 'email'] }))).toEqual([
      'code',
      'email',
      'title',
      'is_deleted',
      'updated_at',
    ])
  })

  test('all columns except the excluded ones are delivered, also one that the catalog gets later', () => {
    const selection = selecting({ exclude: ['email'] })
    expect(delivered(selection)).toEqual(['code', 'note', 'title', 'is_deleted', 'updated_at'])
    const later = { ...person, columns: [...columns, column('phone')] }
    expect(delivered(selection, later)).toContain('phone')
    expect(delivered(selecting({ include: ['title'] }), later)).not.toContain('phone')
  })

  test('an excluded tag leaves out its columns, also one that the catalog gets later', () => {
    expect(delivered(withoutPersonalData)).toEqual(['code', 'title', 'is_deleted', 'updated_at'])
    const later = { ...person, columns: [...columns, column('phone', ['pii'])] }
    expect(delivered(withoutPersonalData, later)).not.toContain('phone')
  })

  test('an excluded tag prevails over an include list', () => {
    expect(delivered(selecting({ include: ['email', 'title'] }, ['pii']))).toEqual([
      'code',
      'title',
      'is_deleted',
      'updated_at',
    ])
  })

  test('the key, is_deleted and the time of the last change stay, whatever is excluded', () => {
    const tagged = { ...person, columns: columns.map((each) => ({ ...each, tags: ['pii'] })) }
    expect(requiredColumns(person)).toEqual(['code', 'is_deleted', 'updated_at'])
    expect(delivered(withoutPersonalData, tagged)).toEqual(['code', 'is_deleted', 'updated_at'])
    expect(delivered(selecting({ exclude: namesOf(person) }))).toEqual(['code', 'is_deleted', 'updated_at'])
  })

  test('an entity whose name is that of a property of each object has no filter', () => {
    const odd = { ...person, name: 'constructor' }
    expect(delivered({ columns: {}, excludeTags: [] }, odd)).toEqual(namesOf(person))
  })
})

describe('two selections', () => {
  test('a selection with another order of its entities is the same', () => {
    const [one, other] = [{ exclude: ['title'] }, { include: ['email'] }]
    const selections = [
      { columns: { a: one, b: other }, excludeTags: [] },
      { columns: { b: other, a: one }, excludeTags: [] },
    ] as const
    expect(isSameSelection(...selections)).toBe(true)
    expect(isSameSelection(undefined, null)).toBe(true)
    expect(isSameSelection(selections[0], { ...selections[0], excludeTags: ['pii'] })).toBe(false)
    expect(isSameSelection(undefined, withoutPersonalData)).toBe(false)
  })

  test('each part that a call leaves out is kept, and a selection of nothing is none', () => {
    const kept = selecting({ exclude: ['title'] }, ['pii'])
    expect(selectionOf({ columns: undefined, excludeTags: [] }, kept)).toEqual(selecting({ exclude: ['title'] }))
    expect(selectionOf({ columns: {}, excludeTags: undefined }, kept)).toEqual(withoutPersonalData)
    expect(selectionOf({ columns: {}, excludeTags: [] }, kept)).toBeUndefined()
    expect(selectionOf(undefined, undefined)).toBeUndefined()
  })
})

test('the tags of a catalog are those of its columns, and the one for personal data', () => {
  expect(columnTags(aCatalog(person))).toEqual(['free-text', 'pii'])
  expect(columnTags(aCatalog('user'))).toEqual(['pii'])
})

describe('a file after another selection', () => {
  const midnight = '2026-11-23T00:00:00.000Z'
  const later = new Date('2026-11-24T00:00:00.000Z')
  const without = (...names: string[]) => selecting({ exclude: names })

  /** What follows a file with the selection `before`, if the catalog becomes `now` and the selection `after`. */
  function next(before: ColumnSelection | undefined, after: ColumnSelection | undefined, now = person) {
    const written = writtenColumns(person, deliveredEntity(person, before))
    const watermark = { ...aWatermark(person, midnight), ...written }
    const load = planLoad(now, { to: later, day: later }, watermark, sourceIdentity, deliveredEntity(now, after))
    return load === 'SKIP' ? load : load.mode === 'FULL' ? load.reason : 'DELTA'
  }

  test.each([
    ['leaves out a column', undefined, without('email')],
    ['leaves out the last column that may be left out', undefined, without('title')],
    ['puts a column back', without('email'), undefined],
    ['exchanges one column for another', without('email'), without('title')],
    ['leaves out personal data', undefined, withoutPersonalData],
    ['leaves out nearly everything', undefined, selecting({ include: ['code'] })],
    ['stays as it is', without('email'), without('email')],
  ])('a delta follows if the tenant %s (promise 5)', (_what, before, after) => {
    expect(next(before, after)).toBe('DELTA')
  })

  const changed = (change: (all: readonly Column[]) => readonly Column[]): Entity => ({
    ...person,
    columns: change(columns),
  })
  const inserted = changed((all) => [...all.slice(0, 2), column('phone', ['pii']), ...all.slice(2)])
  const dropped = changed((all) => all.filter(({ name }) => name !== 'title'))
  const retyped = changed((all) => all.map((each) => (each.name === 'title' ? { ...each, type: 'json' } : each)))
  const appended = changed((all) => [...all, column('phone', ['pii'])])

  test.each([
    ['puts a delivered column before others', without('email'), without('email'), inserted],
    ['drops a delivered column', without('email'), without('email'), dropped],
    ['retypes a delivered column', without('email'), without('email'), retyped],
    ['drops a column that was delivered before', undefined, without('title'), dropped],
  ])('a full load follows if the catalog %s (promise 5)', (_what, before, after, now) => {
    expect(next(before, after, now)).toBe('COLUMNS_CHANGED')
  })

  test.each([
    ['appends a column', without('email'), without('email'), appended],
    ['puts a column that is left out before others', withoutPersonalData, withoutPersonalData, inserted],
    ['drops a column that is left out', without('title'), without('title'), dropped],
    ['retypes a column that is left out', without('title'), without('title'), retyped],
    ['retypes a column while the tenant leaves it out', undefined, without('title'), retyped],
  ])('a delta follows if the catalog %s (promises 5, 12)', (_what, before, after, now) => {
    expect(next(before, after, now)).toBe('DELTA')
  })

  test.each([
    [false, true],
    [true, false],
    [true, true],
  ])('a delta follows if change_type was %s and is %s (promise 5)', (before, after) => {
    const written = writtenColumns(person, entityOfFiles(person, without('email'), { changeType: before }))
    const now = entityOfFiles(appended, undefined, { changeType: after })
    expect(isContinued(written, appended, now)).toBe(true)
    expect(isContinued(written, dropped, entityOfFiles(dropped, undefined, { changeType: after }))).toBe(false)
  })

  test('change_type is the last column, and needs to know the inserts', () => {
    const files = entityOfFiles(person, withoutPersonalData, { changeType: true })
    expect(namesOf(files)).toEqual(['code', 'title', 'is_deleted', 'updated_at', 'change_type'])
    expect(entityOfFiles(person, undefined, { changeType: false })).toBe(person)
    const recorded = { ...person, insertXidColumn: 'insert_xid', insertedAtColumn: 'inserted_at' }
    expect([person, recorded].map(canTellInserts)).toEqual([false, true])
    expect(canTellInserts({ ...recorded, columns: [...columns, changeTypeColumn] })).toBe(false)
  })

  test('a file of a release without selections is continued by one with a selection', () => {
    const { columns: written } = writtenColumns(person, person)
    expect(isContinued({ columns: written }, person, deliveredEntity(person, withoutPersonalData))).toBe(true)
    expect(isContinued({ columns: written, catalogColumns: null }, person, person)).toBe(true)
  })

  test('a file with all columns records the columns of the catalog only once', () => {
    expect(writtenColumns(person, person)).not.toHaveProperty('catalogColumns')
    expect(writtenColumns(person, deliveredEntity(person, withoutPersonalData))).toMatchObject({
      columns: 'code:string,title:string,is_deleted:string,updated_at:string',
      catalogColumns: expect.stringContaining('email:string') as string,
    })
  })
})
