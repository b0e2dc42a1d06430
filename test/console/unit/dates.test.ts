import { expect, test } from 'vitest'
import { formatElapsed } from '../../../console/src/format/dates'

const now = Date.parse('2026-11-28T12:00:00Z')

test('a time that has passed is said in its largest unit', () => {
  expect(formatElapsed('2026-11-25T11:00:00Z', now)).toBe('3 days')
  expect(formatElapsed('2026-11-28T10:59:00Z', now)).toBe('1 hour')
  expect(formatElapsed('2026-11-28T11:58:30Z', now)).toBe('1 minute')
})

test('a clock that is behind shows no time of less than a second', () => {
  expect(formatElapsed('2026-11-28T12:00:07Z', now)).toBe('1 second')
})
