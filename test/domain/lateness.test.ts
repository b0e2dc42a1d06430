import { describe, expect, test } from 'vitest'
import { coveredUntil, type Expectation, isLeftPaused, latenessOf } from '../../src/domain/lateness.js'
import { atMidnight } from '../support/world/builders.js'

const at = (text: string): Date => new Date(text)

function expectation(overrides: Partial<Expectation> = {}): Expectation {
  return {
    ...atMidnight('DAILY'),
    coveredUntil: at('2026-11-23T00:00:00Z'),
    dueAfter: null,
    pausedAt: null,
    graceMinutes: 120,
    ...overrides,
  }
}

describe('coveredUntil', () => {
  test('an entity that was activated after its last file is covered until its activation', () => {
    const activatedAt = at('2026-11-20T10:00:00Z')
    expect(coveredUntil([{ watermark: at('2026-10-01T00:00:00Z'), activatedAt }])).toEqual(activatedAt)
  })

  test('the entity that is furthest behind decides', () => {
    const activatedAt = at('2026-11-01T10:00:00Z')
    const entities = ['2026-11-23T00:00:00Z', '2026-11-21T00:00:00Z'].map((to) => ({ watermark: at(to), activatedAt }))
    expect(coveredUntil([...entities, { watermark: null, activatedAt: at('2026-11-22T12:00:00Z') }])).toEqual(
      at('2026-11-21T00:00:00Z'),
    )
  })

  test('without an active entity there is nothing to cover', () => {
    expect(coveredUntil([])).toBeNull()
  })
})

describe('latenessOf', () => {
  test.each([
    ['DAILY', '2026-11-23T00:00:00Z', '2026-11-24T02:00:00Z'],
    ['DAILY', '2026-11-22T15:30:00Z', '2026-11-23T02:00:00Z'],
    ['WEEKLY', '2026-11-23T00:00:00Z', '2026-11-30T02:00:00Z'],
    ['MONTHLY', '2026-11-23T00:00:00Z', '2026-12-01T02:00:00Z'],
  ] as const)('a %s export that is covered until %s is expected by %s', (frequency, covered, expected) => {
    const late = latenessOf(expectation({ frequency, coveredUntil: at(covered) }), at('2026-11-23T00:00:01Z'))
    expect(late).toMatchObject({ expectedBy: at(expected), overdue: false, overdueSince: null })
  })

  test('a file is overdue from the moment at which its expected time has passed', () => {
    const expected = at('2026-11-24T02:00:00Z')
    expect(latenessOf(expectation(), new Date(expected.getTime() - 1))).toMatchObject({ overdue: false })
    expect(latenessOf(expectation(), expected)).toEqual({
      dueAt: at('2026-11-24T00:00:00Z'),
      expectedBy: expected,
      overdue: true,
      overdueSince: expected,
    })
  })

  test('after many missed boundaries the export is overdue since the first one', () => {
    const late = latenessOf(expectation({ graceMinutes: 30 }), at('2027-02-01T00:00:00Z'))
    expect(late.overdueSince).toEqual(at('2026-11-24T00:30:00Z'))
  })

  test('an export that was resumed, or whose frequency changed, is expected from the next boundary', () => {
    const dueAfter = at('2026-12-10T12:00:00Z')
    expect(latenessOf(expectation({ dueAfter }), dueAfter)).toEqual({
      dueAt: at('2026-12-11T00:00:00Z'),
      expectedBy: at('2026-12-11T02:00:00Z'),
      overdue: false,
      overdueSince: null,
    })
  })

  test.each([
    ['a paused export', { pausedAt: at('2026-11-23T12:00:00Z') }],
    ['an export without active entities', { coveredUntil: null }],
  ])('%s is never overdue', (_, overrides) => {
    expect(latenessOf(expectation(overrides), at('2027-11-23T00:00:00Z'))).toEqual({
      dueAt: null,
      expectedBy: null,
      overdue: false,
      overdueSince: null,
    })
  })
})

describe('isLeftPaused', () => {
  const pausedAt = at('2026-11-01T12:00:00Z')

  test('a pause needs a reminder once it is as old as the setting says', () => {
    expect(isLeftPaused(pausedAt, 7, at('2026-11-08T11:59:59Z'))).toBe(false)
    expect(isLeftPaused(pausedAt, 7, at('2026-11-08T12:00:00Z'))).toBe(true)
  })

  test('no reminder is needed without a pause, or if the setting is 0', () => {
    expect(isLeftPaused(null, 7, at('2027-11-08T12:00:00Z'))).toBe(false)
    expect(isLeftPaused(pausedAt, 0, at('2027-11-08T12:00:00Z'))).toBe(false)
  })
})
