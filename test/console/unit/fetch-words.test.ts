import { expect, test } from 'vitest'
import { readDeliveriesSearch } from '../../../console/src/pages/deliveries/deliveries-search'
import { fetchWords } from '../../../console/src/pages/deliveries/fetch-words'

test('a fetched file shows when it was fetched, and another one that it was not', () => {
  const fetchedAt = '2026-11-27T02:00:00Z'
  expect(fetchWords({ fetchState: 'FETCHED', fetchedAt })).toMatchObject({
    tone: 'good',
    text: expect.stringContaining('2026') as unknown,
  })
  expect(fetchWords({ fetchState: 'PARTLY_FETCHED', fetchedAt: null })).toMatchObject({ tone: 'warn' })
  expect(fetchWords({ fetchState: 'NOT_FETCHED', fetchedAt: null })).toMatchObject({ tone: 'neutral' })
})

test('a file of which nothing is known is not shown as not fetched', () => {
  expect(fetchWords({ fetchState: null, fetchedAt: null })).toBeUndefined()
})

test('the address selects files that were not fetched for 1 to 90 days', () => {
  expect(readDeliveriesSearch({ unfetched: 7 })).toEqual({ unfetched: 7 })
  for (const unfetched of [0, 91, 1.5, '7', true]) expect(readDeliveriesSearch({ unfetched })).toEqual({})
})
