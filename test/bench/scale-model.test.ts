import { expect, test } from 'vitest'
import { withFigures } from '../../bench/scale/page.js'
import { costsOf, nightOf } from '../../bench/scale/model.js'
import type { Taken } from '../../bench/scale/resources.js'

/** Each of the things that are taken is the same number. */
function all(value: number): Taken {
  return {
    seconds: value,
    workerCpu: value,
    postgresCpu: value,
    temporalCpu: value,
    sshdCpu: value,
    transactions: value,
    walBytes: value,
    ledgerBytes: value,
    ledgerRows: value,
    historyEvents: value,
    historyBytes: value,
    temporalBytes: value,
  }
}

test('two crowds give the costs of a run and of a file', () => {
  const crowd = (tenants: number, files: number) => ({ tenants, files, taken: all(tenants * 5 + files * 2) })
  const { perRun, perFile } = costsOf(crowd(100, 300), crowd(10, 260))
  expect(perRun.seconds).toBeCloseTo(5)
  expect(perFile.historyEvents).toBeCloseTo(2)
})

test('a cost is never negative: noise goes to the other one', () => {
  const { perRun, perFile } = costsOf(
    { tenants: 10, files: 30, taken: all(10) },
    { tenants: 10, files: 60, taken: all(30) },
  )
  expect(perRun.seconds).toBe(0)
  expect(perFile.seconds).toBeCloseTo(40 / 90)
})

test('crowds with the same number of files in a run give no costs', () => {
  const crowd = { tenants: 10, files: 30, taken: all(1) }
  expect(() => costsOf(crowd, crowd)).toThrow('same number of files')
})

test('a night of many tenants is calculated from the costs', () => {
  const night = nightOf({ tenants: 10_000, entities: 26 }, { perRun: all(0.01), perFile: all(0.02) }, 0.01)
  expect(night.files).toBe(260_000)
  // 5,300 seconds of work in half an hour.
  expect(night.machines).toBe(3)
  expect(night.postgres.connections).toBe(54)
  expect(night.sftp.connections).toBe(24)
  expect(night.temporal.visibilityRows).toBe(300_000)
  expect(night.startSeconds).toBeCloseTo(10_000 / 30)
  expect(night.workerCores).toBeCloseTo(5_300 / 1800)
  expect(night.comparisonSeconds).toBeCloseTo(100)
})

test('figures replace what is between the marks of the page', () => {
  const [start, end] = ['<!-- figures: written by npm run bench -- --only=scale --full -->', '<!-- end of figures -->']
  const page = (figures: string) => `# Scale\n\n${start}\n\n${figures}\n\n${end}\n\nThe end.\n`
  expect(withFigures(page('old'), 'new')).toBe(page('new'))
  expect(() => withFigures('# Scale\n', 'new')).toThrow('no place for figures')
})
