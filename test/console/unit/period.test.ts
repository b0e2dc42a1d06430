import { expect, test } from 'vitest'
import { intervalOf, readPeriod } from '../../../console/src/format/period'

test('both days of a period belong to its half-open interval', () => {
  expect(intervalOf({ from: '2026-11-01', to: '2026-11-30' })).toEqual({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-12-01T00:00:00.000Z',
  })
})

test('a period without days has no limits', () => {
  expect(intervalOf({})).toEqual({ from: null, to: null })
})

test.each(['2026-02-30', '2026-13-01', '0002-11-28', '28.11.2026', '2026-11-28T00:00', '', 20_261_128, null])(
  'the day %j of an address is left out',
  (day) => {
    expect(readPeriod({ from: day, to: '2026-11-28' })).toEqual({ to: '2026-11-28' })
  },
)
