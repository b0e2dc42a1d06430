import { expect, test } from 'vitest'
import {
  choiceChanges,
  type EntityChoice,
  mergeChoices,
  withNames,
} from '../../../console/src/pages/settings/settings/entities/entity-choice'
import {
  defaultFormat,
  formatChanges,
  formatSummary,
  mergeFormats,
  sampleLines,
  sampleNames,
} from '../../../console/src/pages/settings/settings/file-format/file-format'

const selected = (...names: string[]): EntityChoice => ({ option: 'EXPORT_SELECTED', names })

test('my additions and removals apply on top of theirs', () => {
  const merged = mergeChoices({
    base: selected('user', 'site', 'content'),
    mine: selected('user', 'content', 'feed'),
    theirs: selected('user', 'site', 'content', 'file'),
  })
  expect(merged).toEqual(selected('user', 'content', 'file', 'feed'))
})

test('their option wins where I did not change mine, and mine where I did', () => {
  const base = selected('user')
  const all: EntityChoice = { option: 'EXPORT_ALL', names: ['user'] }
  expect(mergeChoices({ base, mine: selected('user', 'site'), theirs: all }).option).toBe('EXPORT_ALL')
  expect(mergeChoices({ base, mine: all, theirs: selected('user', 'site') }).option).toBe('EXPORT_ALL')
})

test('the changes of a selection name each entity, and a change of the option says both', () => {
  expect(choiceChanges(selected('user', 'site'), selected('user', 'feed'))).toEqual(['Added: feed', 'Removed: site'])
  expect(choiceChanges(selected('user'), { option: 'DISABLE_EXPORT', names: ['user'] })).toEqual([
    '1 selected entity → No entities: the export is disabled',
  ])
  expect(choiceChanges(selected('user'), selected('user'))).toEqual([])
})

test('selected names keep the order of the catalog', () => {
  const choice = withNames(selected('site'), { names: ['user'], isSelected: true }, ['user', 'content', 'site'])
  expect(choice.names).toEqual(['user', 'site'])
})

test('a merge of formats keeps each field that only one side has changed', () => {
  const merged = mergeFormats({
    base: defaultFormat,
    mine: { ...defaultFormat, delimiter: 'TAB' },
    theirs: { ...defaultFormat, compression: 'GZIP' },
  })
  expect(merged).toEqual({ ...defaultFormat, delimiter: 'TAB', compression: 'GZIP' })
})

test('the changes of a format name what differs, and nothing else', () => {
  const after = { ...defaultFormat, compression: 'ZSTD', maxPartMegabytes: 100 } as const
  expect(formatChanges(defaultFormat, after)).toEqual([
    'No compression → Zstandard',
    'One file → file parts of at most 100 MB',
  ])
  expect(formatSummary(after)).toBe('CSV with commas, quotes where needed, Zstandard, file parts of at most 100 MB')
})

test('the sample shows quotes, NULL and escaped formulas as the files have them', () => {
  expect(sampleLines(defaultFormat)).toEqual([
    'id,title,note,rating',
    '1001,"Welcome, all","",4.5',
    '1002,=SUM(A1:A9),,-3',
  ])
  expect(sampleLines({ ...defaultFormat, quoting: 'ALL', delimiter: 'PIPE', escapeFormulas: true })).toEqual([
    '"id"|"title"|"note"|"rating"',
    '"1001"|"Welcome, all"|""|"4.5"',
    `"1002"|"'=SUM(A1:A9)"||"'-3"`,
  ])
  expect(sampleNames({ ...defaultFormat, compression: 'GZIP', maxPartMegabytes: 10 })).toBe(
    'content.0001.csv.gz, content.0002.csv.gz, …',
  )
})
