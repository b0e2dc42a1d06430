import { describe, expect, test } from 'vitest'
import { requestedSchedule } from '../../../src/services/registrations/schedule-input.js'

describe('the schedule of an input', () => {
  test('fields that are absent or null take their defaults', () => {
    expect(requestedSchedule({ hour: 6, minute: null })).toEqual({
      ok: true,
      value: { timeZone: 'UTC', hour: 6, minute: 0 },
    })
    expect(requestedSchedule(undefined)).toEqual({ ok: true, value: undefined })
  })

  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['america/port-au-prince', 'America/Port-au-Prince'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
  ])('the time zone %s is stored as %s', (timeZone, stored) => {
    expect(requestedSchedule({ timeZone })).toMatchObject({ value: { timeZone: stored } })
  })

  test('every time zone of Node keeps its spelling', () => {
    const stored = Intl.supportedValuesOf('timeZone').map((timeZone) => requestedSchedule({ timeZone }))
    expect(stored).toEqual(
      Intl.supportedValuesOf('timeZone').map((timeZone) => ({ ok: true, value: { timeZone, hour: 0, minute: 0 } })),
    )
  })

  test.each([
    '',
    'Berlin',
    '+01:00',
    'EST',
    'US/Pacific',
    'Europe/Nowhere',
    'Etc/../../x',
    'Europe/Berlin\n',
    'a'.repeat(5000),
  ])('the time zone %j is refused by the name of its field', (timeZone) => {
    expect(requestedSchedule({ timeZone })).toMatchObject({
      ok: false,
      userErrors: [{ code: 'INVALID_SCHEDULE', path: ['input', 'schedule', 'timeZone'] }],
    })
  })

  test('a time zone with a mistake gets a suggestion', () => {
    const outcome = requestedSchedule({ timeZone: 'Europe/Berlim' })
    expect(outcome).toMatchObject({
      userErrors: [{ didYouMean: [{ given: 'Europe/Berlim', suggestion: 'Europe/Berlin' }] }],
    })
  })

  test('an hour and a minute that no clock shows are refused together', () => {
    const outcome = requestedSchedule({ hour: 24, minute: 10 })
    expect(outcome).toMatchObject({
      userErrors: [
        { code: 'INVALID_SCHEDULE', path: ['input', 'schedule', 'hour'] },
        { code: 'INVALID_SCHEDULE', path: ['input', 'schedule', 'minute'], allowedValues: ['0', '15', '30', '45'] },
      ],
    })
  })

  test.each([-1, 1.5, Number.NaN])('the hour %s is refused', (hour) => {
    expect(requestedSchedule({ hour })).toMatchObject({ ok: false })
  })
})
