import { expect, test } from 'vitest'
import { createStartGate } from '../../activities/start-gate.js'

test('runs that are due at once get times at equal distances', () => {
  const reserve = createStartGate(10, () => 5000)
  expect([reserve(), reserve(), reserve(), reserve()]).toEqual([0, 100, 200, 300])
})

test('after a pause, the next run starts at once', () => {
  let now = 0
  const reserve = createStartGate(2, () => now)
  expect([reserve(), reserve()]).toEqual([0, 500])
  now = 60_000
  expect([reserve(), reserve()]).toEqual([0, 500])
})
