import { expect, test } from 'vitest'
import { ByteRanges, multirange } from '../../src/domain/byte-ranges.js'

const rangesOf = (...reads: readonly (readonly [number, number])[]) => {
  const ranges = new ByteRanges()
  for (const [from, to] of reads) ranges.add(from, to)
  return multirange(ranges.list())
}

test('reads from the start to the end become one range', () => {
  expect(rangesOf([0, 10], [10, 20], [20, 21])).toBe('{[0,21)}')
})

test('reads in any order become as few ranges as possible', () => {
  expect(rangesOf([20, 30], [0, 10], [10, 20])).toBe('{[0,30)}')
  expect(rangesOf([0, 10], [20, 30], [40, 50], [5, 45])).toBe('{[0,50)}')
  expect(rangesOf([40, 50], [0, 10], [20, 30])).toBe('{[0,10),[20,30),[40,50)}')
  expect(rangesOf([0, 10], [2, 5])).toBe('{[0,10)}')
})

test('a read without bytes leaves no range', () => {
  expect(rangesOf([5, 5])).toBe('{}')
})

test('a client that reads every second byte of a file cannot fill the memory', () => {
  const ranges = new ByteRanges()
  for (let at = 0; at < 10_000; at += 2) ranges.add(at, at + 1)
  expect(ranges.list().length).toBeLessThanOrEqual(1_000)
})

test('random reads cover the same bytes as a list of all bytes', () => {
  let seed = 7
  const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
  for (let round = 0; round < 200; round++) {
    const ranges = new ByteRanges()
    const bytes = new Set<number>()
    for (let read = 0; read < 20; read++) {
      const from = next(100)
      const to = from + next(12)
      ranges.add(from, to)
      for (let byte = from; byte < to; byte++) bytes.add(byte)
    }
    const covered = ranges
      .list()
      .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index))
    expect(covered).toEqual([...bytes].toSorted((one, other) => one - other))
    for (const [index, range] of ranges.list().entries()) {
      expect(range.from).toBeGreaterThan(ranges.list()[index - 1]?.to ?? -1)
    }
  }
})
