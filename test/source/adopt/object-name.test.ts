import { expect, test } from 'vitest'
import { objectName } from '../../../src/source/adopt/object-name.js'

test('a short name of a table is the beginning of the names of its indexes', () => {
  expect(objectName('orders', 'tidemark_time')).toBe('orders_tidemark_time')
})

test('the indexes of two long tables have different names that Postgres does not cut off', () => {
  const [one, other] = ['a', 'b'].map((end) => objectName(`${'ü'.repeat(30)}${end}`, 'tidemark_time'))
  expect(one).not.toBe(other)
  for (const name of [one, other]) {
    expect(Buffer.byteLength(name ?? '')).toBeLessThanOrEqual(63)
    expect(name).toMatch(/^ü+_[0-9a-f]{8}_tidemark_time$/)
  }
})
