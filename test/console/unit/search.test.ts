import { expect, test } from 'vitest'
import { only, readTenantSearch } from '../../../console/src/app/search'

const read = ({ days }: Record<string, unknown>) => (days === 30 ? { days } : {})

test('a search parameter that a page does not accept is removed from what the page reads', () => {
  expect(only(read)({ days: '<b>', other: 1 })).toStrictEqual({ days: undefined, other: undefined })
  expect(only(read)({ days: 30 })).toStrictEqual({ days: 30 })
})

test('the tenant of the address is not one of the page', () => {
  expect(only(read)({ tenant: 'acme' })).toStrictEqual({})
})

test('an id of digits is a tenant, and other values are none', () => {
  expect(readTenantSearch({ tenant: 42 })).toEqual({ tenant: '42' })
  expect(readTenantSearch({ tenant: 'acme' })).toEqual({ tenant: 'acme' })
  for (const tenant of ['', true, null, ['acme'], {}, undefined]) expect(readTenantSearch({ tenant })).toEqual({})
})
