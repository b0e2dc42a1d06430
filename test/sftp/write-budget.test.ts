import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WriteBudget } from '../../src/sftp/write-budget.js'

const bytes = 40
const least = 2

test('a file alone may have under way all that it wants', () => {
  const share = new WriteBudget(bytes, least).begin()
  expect(share.most(10)).toBe(10)
  expect(share.most(bytes)).toBe(bytes)
})

test('several files share the budget, and the others get the share of a file that ends', () => {
  const budget = new WriteBudget(bytes, least)
  const [first, ...others] = Array.from({ length: 8 }, () => budget.begin())
  expect(first?.most(10)).toBe(5)
  for (const other of others.slice(0, 6)) other.end()
  expect(first?.most(10)).toBe(10)
})

test('a share that ends twice counts once', () => {
  const budget = new WriteBudget(bytes, least)
  const [one, other] = [budget.begin(), budget.begin()]
  other.end()
  other.end()
  budget.begin()
  expect(one.most(bytes)).toBe(bytes / 2)
})

test('whatever the files want, together they have at most the budget, or the least of each', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 60 }), (wanted) => {
      const budget = new WriteBudget(bytes, least)
      const shares = wanted.map(() => budget.begin())
      const all = shares.reduce((sum, share, index) => sum + share.most(wanted[index] ?? 0), 0)
      expect(all).toBeLessThanOrEqual(Math.max(bytes, least * wanted.length) + 1e-9)
    }),
  )
})
