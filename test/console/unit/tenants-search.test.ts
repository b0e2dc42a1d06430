import { expect, test } from 'vitest'
import { filtered, readTenantsSearch, tenantsVariables } from '../../../console/src/pages/tenants/tenants-search'

test('the address selects a state and an order, and ignores what is none', () => {
  const search = readTenantsSearch({ state: 'overdue', sort: 'largest', search: 'acme', after: 'c' })
  expect(search).toEqual({ state: 'overdue', sort: 'largest', search: 'acme', after: 'c' })
  expect(readTenantsSearch({ state: 'toString', sort: 'x', search: ' ', after: 3 })).toEqual({})
})

test('a search for digits stays a search', () => {
  expect(readTenantsSearch({ search: 42 })).toEqual({ search: '42' })
})

test('a change of a filter begins at the first page', () => {
  expect(filtered({ after: 'c', state: 'paused' }, { search: 'a' })).toEqual({ state: 'paused', search: 'a' })
  expect(filtered({ before: 'c', state: 'paused' }, { state: undefined })).toEqual({})
})

test('the paused tenants are those that the overview counts, without the disabled ones', () => {
  expect(tenantsVariables({ state: 'paused', search: 'a' })).toEqual({
    filter: { paused: true, disabled: false, search: 'a' },
    sort: 'ID',
  })
  expect(tenantsVariables({ sort: 'last-success' })).toEqual({ filter: {}, sort: 'LAST_SUCCESS' })
})
