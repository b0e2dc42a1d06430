import { expect, test } from 'vitest'
import { fit } from '../../bench/tenants/fit.js'

test('the benchmark finds what a file and a row cost from runs of several sizes', () => {
  const runs = [
    [130, 0],
    [52, 60_000],
    [130, 91_000],
    [260, 117_000],
  ].map(([files = 0, rows = 0]) => ({ files, rows, seconds: 2 + files * 0.04 + rows * 0.000_01 }))
  const found = fit(runs)
  expect(found.seconds).toBeCloseTo(2)
  expect(found.secondsPerFile).toBeCloseTo(0.04)
  expect(found.secondsPerRow).toBeCloseTo(0.000_01, 8)
})
