import { describe, expect, test } from 'vitest'
import {
  allColumns,
  choiceChanges,
  choiceInCatalog,
  choiceSummary,
  type ColumnChoice,
  fixedBy,
  isDelivered,
  laterColumns,
  mergeChoices,
  tagsOf,
  withColumn,
  withLaterColumns,
  withTag,
} from '../../../console/src/pages/settings/settings/columns/column-choice'

const column = (name: string, tags: readonly string[] = [], alwaysDelivered = false) => ({
  name,
  tags,
  alwaysDelivered,
})
const user = {
  displayName: 'user',
  columns: [column('code', [], true), column('email', ['pii']), column('title'), column('note', ['free-text'])],
}
const without = (...exclude: string[]): ColumnChoice => ({
  columns: [{ entity: 'user', include: null, exclude }],
  excludeTags: [],
})
const only = (...include: string[]): ColumnChoice => ({
  columns: [{ entity: 'user', include, exclude: null }],
  excludeTags: [],
})
const tagged = (...excludeTags: string[]): ColumnChoice => ({ columns: [], excludeTags })
const delivered = (choice: ColumnChoice): string[] =>
  user.columns.filter((each) => isDelivered(choice, user, each)).map(({ name }) => name)

describe('a choice of columns', () => {
  test('a column that is left out and taken back leaves no trace', () => {
    const left = withColumn(allColumns, user, 'email', false)
    expect(left).toEqual(without('email'))
    expect(delivered(left)).toEqual(['code', 'title', 'note'])
    expect(withColumn(left, user, 'email', true)).toEqual(allColumns)
  })

  test('columns that come later are delivered or left out, with the same columns now', () => {
    const listed = withLaterColumns(without('email'), user, 'LEFT_OUT')
    expect(listed).toEqual(only('title', 'note'))
    expect(laterColumns(listed, user)).toBe('LEFT_OUT')
    expect(withLaterColumns(listed, user, 'DELIVERED')).toEqual(without('email'))
    expect(withColumn(listed, user, 'email', true)).toEqual(only('email', 'title', 'note'))
  })

  test('a list never becomes empty, since the API takes no empty list', () => {
    expect(withColumn(only('title'), user, 'title', false)).toEqual(only('code'))
    expect(withColumn(only('code'), user, 'title', true)).toEqual(only('title'))
  })

  test('a tag leaves out its columns, and a column that is always delivered stays', () => {
    const choice = withTag(allColumns, 'pii', true)
    expect(choice).toEqual(tagged('pii'))
    expect(delivered(choice)).toEqual(['code', 'title', 'note'])
    expect(user.columns.map((each) => fixedBy(choice, each))).toEqual(['required', 'tag', undefined, undefined])
    expect(withTag(choice, 'pii', false)).toEqual(allColumns)
  })

  test('the tags of the catalog come with the number of their columns', () => {
    expect(tagsOf([user, { ...user, displayName: 'other' }])).toEqual([
      { tag: 'free-text', count: 2 },
      { tag: 'pii', count: 2 },
    ])
  })
})

describe('a choice of columns in words', () => {
  test('the summary names tags and entities', () => {
    expect(choiceSummary(allColumns)).toBe('All columns')
    expect(choiceSummary({ ...without('email'), excludeTags: ['free-text', 'pii'] })).toBe(
      'Without columns with the tags free-text, pii, a choice of columns of user',
    )
  })

  test('the changes name each tag and each entity that differs', () => {
    expect(choiceChanges(without('email'), { ...only('title'), excludeTags: ['pii'] })).toEqual([
      'Left out: columns with the tag pii',
      'user: all columns except email → only title',
    ])
    expect(choiceChanges(tagged('pii'), allColumns)).toEqual(['Delivered again: columns with the tag pii'])
    expect(choiceChanges(without('email'), without('email'))).toEqual([])
  })
})

describe('two changes of a choice of columns', () => {
  test('each entity and tag that I changed stays mine, and theirs where I did not', () => {
    const merged = mergeChoices({
      base: { ...without('email'), excludeTags: ['pii'] },
      mine: { ...without('email'), excludeTags: [] },
      theirs: { ...only('title'), excludeTags: ['free-text', 'pii'] },
    })
    expect(merged).toEqual({ ...only('title'), excludeTags: ['free-text'] })
  })

  test('a list that I removed stays removed', () => {
    const base = without('email')
    expect(mergeChoices({ base, mine: allColumns, theirs: base })).toEqual(allColumns)
    expect(mergeChoices({ base, mine: base, theirs: allColumns })).toEqual(allColumns)
  })

  test('entities that the catalog no longer has are dropped, and named', () => {
    expect(choiceInCatalog(without('email'), ['site'])).toEqual({ value: allColumns, left: ['user'] })
  })
})
