import { expect, test } from 'vitest'
import { axisReach, axisTicks, barAfterKey, labeledBars } from '../../../console/src/ui/bar-scale'

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [60_019, [0, 20_000, 40_000, 60_000, 80_000]],
  [10_000_000, [0, 5_000_000, 10_000_000]],
])('an axis up to %d has round whole numbers that reach it', (most, ticks) => {
  expect(axisTicks(most)).toEqual(ticks)
})

test('as many labels as fit are evenly spaced, and the last bar has one', () => {
  expect(labeledBars(30, 900)).toEqual([2, 5, 8, 11, 14, 17, 20, 23, 26, 29])
  expect(labeledBars(365, 90)).toEqual([364])
  expect(labeledBars(0, 900)).toEqual([])
})

test('arrow keys move between bars and stop at the ends', () => {
  expect(barAfterKey('ArrowLeft', undefined, 30)).toBe(29)
  expect(barAfterKey('ArrowLeft', 29, 30)).toBe(28)
  expect(barAfterKey('ArrowLeft', 0, 30)).toBe(0)
  expect(barAfterKey('ArrowRight', 29, 30)).toBe(29)
  expect(barAfterKey('Home', 7, 30)).toBe(0)
  expect(barAfterKey('End', 7, 30)).toBe(29)
  expect(barAfterKey('a', 7, 30)).toBeUndefined()
  expect(barAfterKey('End', undefined, 0)).toBeUndefined()
})

test('a special bar that would make the others invisible does not stretch the axis', () => {
  const others = [{ value: 5 }, { value: 10 }]
  expect(axisReach([...others, { value: 1_000, isSpecial: true }])).toBe(10)
  expect(axisReach([...others, { value: 30, isSpecial: true }])).toBe(30)
  expect(axisReach([{ value: 1_000, isSpecial: true }, { value: 0 }])).toBe(1_000)
  expect(axisReach([{ value: 1 }, { value: 1_000 }])).toBe(1_000)
  expect(axisReach([])).toBe(0)
})
