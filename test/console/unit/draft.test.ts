import { expect, test } from 'vitest'
import {
  baseOf,
  changesBetween,
  type Draft,
  errorsOf,
  inputOf,
  rebased,
  valuesInCatalog,
} from '../../../console/src/pages/settings/draft'
import { parseDraft } from '../../../console/src/pages/settings/draft-store'
import {
  choiceChanges,
  choiceInCatalog,
  type EntityChoice,
  mergeChoices,
} from '../../../console/src/pages/settings/settings/entities/entity-choice'
import type { Setting } from '../../../console/src/pages/settings/settings/setting'

const entities = {
  id: 'entities',
  title: 'Entities',
  initial: { option: 'EXPORT_SELECTED', names: [] },
  read: ({ exportOption, entityList }: { exportOption: string; entityList: string[] }) => ({
    option: exportOption,
    names: entityList,
  }),
  toInput: ({ names }: EntityChoice) => ({ entityList: names }),
  inputFields: ['entityList'],
  changes: choiceChanges,
  merge: mergeChoices,
  inCatalog: choiceInCatalog,
} as unknown as Setting
const frequency = {
  id: 'frequency',
  title: 'Frequency',
  initial: 'DAILY',
  read: ({ frequency: value }: { frequency: string }) => value,
  toInput: (value: string) => ({ frequency: value }),
  inputFields: ['frequency'],
  changes: (before: string, after: string) => (before === after ? [] : [`${before} → ${after}`]),
  merge: ({ base, mine, theirs }: Record<'base' | 'mine' | 'theirs', string>) => (base === mine ? theirs : mine),
} as unknown as Setting
const settings = [entities, frequency]

const source = (version: number, entityList: string[], frequencyOf = 'DAILY') =>
  ({ version, exportOption: 'EXPORT_SELECTED', entityList, frequency: frequencyOf }) as never

test('a tenant without a registration begins with version 0 and the initial values', () => {
  expect(baseOf(settings, null)).toEqual({
    version: 0,
    values: { entities: { option: 'EXPORT_SELECTED', names: [] }, frequency: 'DAILY' },
  })
})

test('the input has every setting and the version that the draft began with', () => {
  const base = baseOf(settings, source(4, ['user']))
  expect(inputOf(settings, { base, values: base.values })).toEqual({
    expectedVersion: 4,
    entityList: ['user'],
    frequency: 'DAILY',
  })
})

test('a draft on top of theirs has both changes, the new version, and nothing of theirs as a change', () => {
  const base = baseOf(settings, source(1, ['user']))
  const mine: Draft = {
    base,
    values: { ...base.values, entities: { option: 'EXPORT_SELECTED', names: ['user', 'site'] } },
  }
  const theirs = baseOf(settings, source(2, ['user', 'feed'], 'WEEKLY'))
  const together = rebased(settings, mine, theirs)
  expect(together.base.version).toBe(2)
  expect(together.values).toEqual({
    entities: { option: 'EXPORT_SELECTED', names: ['user', 'feed', 'site'] },
    frequency: 'WEEKLY',
  })
  expect(changesBetween(settings, together.base.values, together.values)).toEqual([
    { title: 'Entities', lines: ['Added: site'] },
  ])
})

test('an error belongs to the setting whose field it names', () => {
  const errors = [
    { message: 'unknown', path: ['input', 'entityList'] },
    { message: 'bad', path: ['input', 'frequency'] },
  ]
  expect(errorsOf(entities, errors)).toEqual(['unknown'])
})

test('names that the catalog no longer has are left out and said', () => {
  const { values } = baseOf(settings, source(1, ['user', 'gone']))
  expect(valuesInCatalog(settings, values, ['user', 'site'])).toEqual({
    values: { entities: { option: 'EXPORT_SELECTED', names: ['user'] }, frequency: 'DAILY' },
    left: ['gone'],
  })
})

test('a stored draft is read back, and one of another release or a broken one is dropped', () => {
  const base = baseOf(settings, source(1, ['user']))
  const draft: Draft = { base, values: base.values }
  const ids = settings.map(({ id }) => id)
  expect(parseDraft(JSON.stringify(draft), ids)).toEqual(draft)
  expect(parseDraft(JSON.stringify(draft), [...ids, 'hour'])).toBeUndefined()
  for (const broken of ['', 'null', '[]', '{"values":1}', '{']) expect(parseDraft(broken, ids)).toBeUndefined()
})
