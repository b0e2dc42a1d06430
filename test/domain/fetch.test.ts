import { describe, expect, test } from 'vitest'
import { deliveryFetches, unfetchedPeriod } from '../../src/domain/fetch.js'

const at = (day: number) => new Date(Date.UTC(2026, 10, day))
const reports = { since: at(5), until: at(20) }
const published = (day: number, parts: readonly unknown[] | null = null) => ({ publishedAt: at(day), parts })
const part = (fetches: number, wholeDay: number | null) => ({
  fetches,
  wholeAt: wholeDay === null ? null : at(wholeDay),
})

describe('what was fetched of a delivery', () => {
  test('without any server that reports fetches, it is not known whether a file was fetched', () => {
    expect(deliveryFetches(published(10), [], undefined)).toBeUndefined()
  })

  test('a file from before the first report is unknown, unless it was fetched later', () => {
    expect(deliveryFetches(published(4), [], reports)).toBeUndefined()
    expect(deliveryFetches(published(4), [part(1, 6)], reports)).toMatchObject({ state: 'FETCHED', fetchedAt: at(6) })
  })

  test('a file without any fetch is not fetched', () => {
    expect(deliveryFetches(published(10), [], reports)).toEqual({ state: 'NOT_FETCHED', count: 0, fetchedAt: null })
  })

  test('a file of which only some bytes were read is partly fetched', () => {
    const partly = { state: 'PARTLY_FETCHED', count: 3, fetchedAt: null }
    expect(deliveryFetches(published(10), [part(3, null)], reports)).toEqual(partly)
  })

  test('a split file is fetched when the last of its file parts is', () => {
    const split = published(10, ['one', 'two'])
    const partly = { state: 'PARTLY_FETCHED', count: 1, fetchedAt: null }
    expect(deliveryFetches(split, [part(1, 11)], reports)).toEqual(partly)
    const whole = { state: 'FETCHED', count: 3, fetchedAt: at(12) }
    expect(deliveryFetches(split, [part(1, 11), part(2, 12)], reports)).toEqual(whole)
  })
})

describe('the files that should have been fetched', () => {
  test('they are old enough at the time of the last report, and not older than the first', () => {
    expect(unfetchedPeriod(reports, 7)).toEqual({ from: at(5), until: at(13) })
  })

  test('there are none without reports, or if the reports are younger than the days', () => {
    expect(unfetchedPeriod(undefined, 7)).toBeUndefined()
    expect(unfetchedPeriod(reports, 15)).toBeUndefined()
  })

  test('files of more than 90 days before are left out', () => {
    const long = { since: at(-400), until: at(20) }
    expect(unfetchedPeriod(long, 7)?.from).toEqual(at(13 - 90))
  })
})
