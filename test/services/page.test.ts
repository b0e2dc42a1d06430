import { describe, expect, test } from 'vitest'
import { pageOf } from '../../src/services/page.js'
import { InvalidPageError, type PageArguments } from '../../src/services/page.js'

/** Pages that have no answer are refused before the store is asked; the answers are tested over the real store. */
const page = (asked: PageArguments) =>
  pageOf<never>(
    asked,
    () => {
      throw new Error('the store was asked')
    },
    (node) => node,
  )

const base64 = (text: string): string => Buffer.from(text).toString('base64url')
const uuid = '018f3c1e-0000-4000-8000-000000000001'

describe('a page that is refused', () => {
  test.each<[string, PageArguments]>([
    ['nothing', { first: 0 }],
    ['fewer than none', { last: -1 }],
    ['more than 100', { first: 101 }],
    ['more than 100 backwards', { last: 101 }],
    ['both directions', { first: 10, last: 10 }],
    ['both directions, by cursors', { after: 'x', before: 'y' }],
    ['a size of one direction with the cursor of the other', { first: 10, before: 'x' }],
  ])('a page that asks for %s is refused', async (_what, asked) => {
    await expect(page(asked)).rejects.toBeInstanceOf(InvalidPageError)
  })

  test.each<[string, string]>([
    ['that is empty', ''],
    ['that is not base64', '%%%'],
    ['of other text', base64('hello')],
    ['without an id', base64('2026-11-23T00:00:00.000Z ')],
    ['without a time', base64(`never ${uuid}`)],
    ['with an id of dashes, which the database would refuse', base64(`2026-11-23T00:00:00.000Z ${'-'.repeat(36)}`)],
    ['with a day that does not exist', base64(`2026-13-01T00:00:00.000Z ${uuid}`)],
    ['with a year that the database would refuse', base64(`+275760-09-13T00:00:00.000Z ${uuid}`)],
    ['with something behind it', base64(`2026-11-23T00:00:00.000Z ${uuid} and more`)],
  ])('a page with a cursor %s is refused', async (_what, cursor) => {
    await expect(page({ after: cursor })).rejects.toThrow('Pass a cursor that this API returned')
    await expect(page({ before: cursor })).rejects.toThrow('Pass a cursor that this API returned')
  })
})
