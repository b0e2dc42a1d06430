import { closest, distance } from 'fastest-levenshtein'
import {
  scheduleMinutes,
  type ScheduleTime,
  type ScheduleTimeInput,
  scheduleTimeOf,
} from '../../domain/schedule-time.js'
import { timeZoneNamed } from '../../domain/zone-offset.js'
import { ok, type Outcome } from '../outcome.js'
import { type UserError, userError } from '../user-error.js'

/** The time that an input requests, or every error in it. Undefined if the input has none. */
export function requestedSchedule(input: ScheduleTimeInput | null | undefined): Outcome<ScheduleTime | undefined> {
  if (input === null || input === undefined) return ok(undefined)
  const { timeZone: given, hour, minute } = scheduleTimeOf(input)
  const timeZone = timeZoneNamed(given)
  const userErrors = [
    ...(timeZone === undefined ? [unknownTimeZone(given)] : []),
    ...(Number.isInteger(hour) && hour >= 0 && hour <= 23 ? [] : [invalidHour(hour)]),
    ...((scheduleMinutes as readonly number[]).includes(minute) ? [] : [invalidMinute(minute)]),
  ]
  return timeZone !== undefined && userErrors.length === 0 ? ok({ timeZone, hour, minute }) : { ok: false, userErrors }
}

function unknownTimeZone(given: string): UserError {
  const suggestion = nearestTimeZone(given)
  const didYouMean = suggestion === undefined ? [] : [{ given, suggestion }]
  const message =
    `timeZone must be a name with a region from the IANA time zone database, such as "Europe/Berlin", or "UTC", ` +
    `not ${JSON.stringify(given.slice(0, 80))}.${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`} ` +
    'Nothing was changed.'
  return userError('INVALID_SCHEDULE', message, pathOf('timeZone'), { didYouMean })
}

/** A longer text is near no name, and comparing it takes time. */
const longestGiven = 60

function nearestTimeZone(given: string): string | undefined {
  if (given.length > longestGiven) return undefined
  const nearest = closest(given, Intl.supportedValuesOf('timeZone'))
  return distance(given, nearest) <= Math.max(2, Math.floor(given.length / 3)) ? nearest : undefined
}

function invalidHour(hour: number): UserError {
  const message = `hour must be a whole number from 0 to 23, not ${hour}. Nothing was changed.`
  return userError('INVALID_SCHEDULE', message, pathOf('hour'))
}

function invalidMinute(minute: number): UserError {
  const message = `minute must be ${scheduleMinutes.slice(0, -1).join(', ')} or ${scheduleMinutes.at(-1)}, not ${minute}. Nothing was changed.`
  return userError('INVALID_SCHEDULE', message, pathOf('minute'), { allowedValues: scheduleMinutes.map(String) })
}

function pathOf(field: keyof ScheduleTime): string[] {
  return ['input', 'schedule', field]
}
