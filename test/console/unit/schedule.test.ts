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
  const zones = timeZones(['America/Nowhere'], ['Africa/Cairo', 'Europe/Berlin'], 'Europe/Berlin')
  expect(zones.map(({ value }) => value)).toEqual(['UTC', 'Europe/Berlin', 'America/Nowhere', 'Africa/Cairo'])
})

test('a zone that the browser lists by a former name is offered by its name of today, except the chosen one', () => {
  const offered = (chosen: string) => timeZones([chosen], ['Asia/Calcutta'], 'UTC').map(({ value }) => value)
  expect(offered('UTC')).toEqual(['UTC', 'Asia/Kolkata'])
  expect(offered('Asia/Calcutta')).toEqual(['UTC', 'Asia/Calcutta', 'Asia/Kolkata'])
})

test('two changes of a schedule are merged field by field', () => {
  const mine = { ...midnight, hour: 6 }
  const theirs = { ...midnight, timeZone: 'Europe/Berlin', hour: 5 }
  expect(mergeSchedules({ base: midnight, mine, theirs })).toEqual({ timeZone: 'Europe/Berlin', hour: 6, minute: 0 })
})
