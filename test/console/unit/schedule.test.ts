import { expect, test } from 'vitest'
import {
  mergeSchedules,
  scheduleWords,
  timeZones,
} from '../../../console/src/pages/settings/settings/schedule/schedule'

const midnight = { timeZone: 'UTC', hour: 0, minute: 0 }

test('a schedule is shown with two digits and its time zone', () => {
  expect(scheduleWords({ timeZone: 'Europe/Berlin', hour: 6, minute: 0 })).toBe('06:00 Europe/Berlin')
})

test("UTC and the reader's zone come first, and a zone that the browser does not know is offered", () => {
  const zones = timeZones('Asia/Kolkata', ['Asia/Calcutta', 'Europe/Berlin'], 'Europe/Berlin')
  expect(zones.map(({ value }) => value)).toEqual(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta'])
})

test('two changes of a schedule are merged field by field', () => {
  const mine = { ...midnight, hour: 6 }
  const theirs = { ...midnight, timeZone: 'Europe/Berlin', hour: 5 }
  expect(mergeSchedules({ base: midnight, mine, theirs })).toEqual({ timeZone: 'Europe/Berlin', hour: 6, minute: 0 })
})
