import { expect, test } from 'vitest'
import { changesOf } from '../../../console/src/pages/audit/event-changes'

const at = '2026-11-28T03:16:20.913Z'
const entity = (name: string, active: boolean) => ({ name, active, activatedAt: at, deactivatedAt: active ? null : at })

test('a change of the settings lists the entities that were removed and added, and the other values', () => {
  const before = {
    version: 1,
    updatedAt: at,
    frequency: 'DAILY',
    entities: [entity('user', true), entity('site', false)],
  }
  const after = {
    version: 2,
    updatedAt: 'later',
    frequency: 'WEEKLY',
    entities: [entity('user', false), entity('site', true)],
  }
  expect(changesOf({ action: 'REGISTRATION_REPLACED', before, after })).toEqual([
    { path: 'entities', before: 'user', after: 'site' },
    { path: 'version', before: '1', after: '2' },
    { path: 'frequency', before: 'DAILY', after: 'WEEKLY' },
  ])
})

test('the first settings have no state before', () => {
  const after = { version: 1, entities: [entity('user', true), entity('site', true)] }
  expect(changesOf({ action: 'REGISTRATION_REPLACED', before: null, after })).toEqual([
    { path: 'entities', before: undefined, after: 'user, site' },
    { path: 'version', before: undefined, after: '1' },
  ])
})

test('settings of an unknown shape are no reason to fail', () => {
  expect(changesOf({ action: 'REGISTRATION_REPLACED', before: { entities: 'x' }, after: { entities: null } })).toEqual(
    [],
  )
})

test('events of other actions list every value', () => {
  expect(changesOf({ action: 'RETENTION_CHANGED', before: { days: null }, after: { days: 30 } })).toEqual([
    { path: 'days', before: 'null', after: '30' },
  ])
})
