import { expect, test } from 'vitest'
import { within } from '../../src/domain/within.js'

const never = new Promise<string>(() => undefined)

test('work that ends in time gives its outcome, also a failure', async () => {
  expect(await within(60_000, Promise.resolve('done'))).toBe('done')
  await expect(within(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

test('work that takes longer gives undefined, and its later failure is ignored', async () => {
  expect(await within(1, never)).toBeUndefined()
  let fail: (reason: Error) => void = () => undefined
  const slow = new Promise<string>((_, reject) => (fail = reject))
  expect(await within(1, slow)).toBeUndefined()
  fail(new Error('too late'))
  // An unhandled rejection would fail the run of the tests.
  await new Promise((resolve) => setImmediate(resolve))
})
