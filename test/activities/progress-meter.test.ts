import { expect, test } from 'vitest'
import { ProgressMeter } from '../../activities/progress-meter.js'

const start = Date.UTC(2026, 10, 23)
const after = (seconds: number): string => new Date(start + seconds * 1000).toISOString()

test('the first reading of an attempt shows its entity and step, with zeros', () => {
  const meter = new ProgressMeter('user')
  expect(meter.read(start)).toEqual({
    entity: 'user',
    step: 'claim',
    rows: 0,
    bytes: 0,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    changedAt: after(0),
  })
})

test('a rate is that of the last ten seconds', () => {
  const meter = new ProgressMeter('user')
  meter.read(start)
  const rates: unknown[] = []
  for (let second = 2; second <= 20; second += 2) {
    // Ten seconds of 100 rows a second, then ten seconds of 10.
    const rows = second <= 10 ? second * 100 : 1000 + (second - 10) * 10
    meter.add({ step: 'upload', rows, bytes: rows * 8 })
    const { rowsPerSecond, bytesPerSecond } = meter.read(start + second * 1000)
    rates.push([rowsPerSecond, bytesPerSecond])
  }
  expect(rates.at(4)).toEqual([100, 800])
  expect(rates.at(-1)).toEqual([10, 80])
})

test('an attempt that hangs shows rate 0 after ten seconds, and when it last went on', () => {
  const meter = new ProgressMeter('user')
  meter.read(start)
  meter.add({ step: 'upload', rows: 50, bytes: 400 })
  for (const second of [2, 4, 6, 8, 10]) meter.read(start + second * 1000)
  expect(meter.read(start + 13_000)).toMatchObject({ rows: 50, rowsPerSecond: 0, changedAt: after(2) })
})
