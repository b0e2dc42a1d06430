import { expect, test } from 'vitest'
import { inParallel } from '../../src/domain/in-parallel.js'

test('inParallel begins every item once, in order, and never more at a time than its limit', async () => {
  const begun: number[] = []
  let [running, most] = [0, 0]
  await inParallel([...Array(20).keys()], 3, async (item) => {
    begun.push(item)
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
  })
  expect(begun).toEqual([...Array(20).keys()])
  expect(most).toBe(3)
})

test('inParallel throws the first error, and begins no further item after it', async () => {
  const begun: number[] = []
  const work = async (item: number): Promise<void> => {
    begun.push(item)
    await new Promise(setImmediate)
    if (item === 1) throw new Error('item 1')
  }
  await expect(inParallel([...Array(20).keys()], 2, work)).rejects.toThrow('item 1')
  expect(begun.length).toBeLessThanOrEqual(4)
})

test('inParallel takes a hundred thousand items', async () => {
  let count = 0
  await inParallel(Array<number>(100_000).fill(0), 4, async () => void count++)
  expect(count).toBe(100_000)
})
