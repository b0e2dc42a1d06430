import { expect, test } from 'vitest'
import { isFinal, planningLimits } from '../../activities/retries.js'

const until = '2026-11-28T06:00:00.000Z'
const before = Date.parse('2026-11-28T05:59:59Z')
const after = Date.parse('2026-11-28T06:00:01Z')
const limits = { attempts: 8, until, attemptsBefore: 0 }
const state = { attempt: 1, mostAttempts: undefined, limits, now: before }

test('a failure that needs an operator is final at once', () => {
  expect(isFinal('SFTP_HOST_KEY_MISMATCH', state)).toBe(true)
})

test('a failure that heals is final only after its time, and after the first attempts', () => {
  expect(isFinal('SFTP_UNAVAILABLE', { ...state, attempt: 80 })).toBe(false)
  expect(isFinal('SFTP_UNAVAILABLE', { ...state, attempt: 8, now: after })).toBe(true)
  expect(isFinal('SFTP_UNAVAILABLE', { ...state, attempt: 7, now: after })).toBe(false)
})

test('a later activity whose time is over makes one attempt', () => {
  const later = { ...limits, attemptsBefore: 8 }
  expect(isFinal('SFTP_UNAVAILABLE', { ...state, limits: later, now: after })).toBe(true)
  expect(isFinal('SFTP_UNAVAILABLE', { ...state, limits: later })).toBe(false)
})

test('a failure of unknown cause is final with the last of the few attempts', () => {
  expect(isFinal('INTERNAL', { ...state, attempt: 7 })).toBe(false)
  expect(isFinal('INTERNAL', { ...state, attempt: 8 })).toBe(true)
})

test('a failure of unknown cause after a long outage is not final at once', () => {
  expect(isFinal('INTERNAL', { ...state, attempt: 30 })).toBe(false)
  expect(isFinal('INTERNAL', { ...state, attempt: 1, limits: { ...limits, attemptsBefore: 8 } })).toBe(false)
  expect(isFinal('INTERNAL', { ...state, attempt: 30, now: after })).toBe(true)
})

test('without limits, only the policy of Temporal ends the attempts', () => {
  const old = { ...state, limits: undefined, mostAttempts: 8 }
  expect(isFinal('SFTP_UNAVAILABLE', { ...old, attempt: 7 })).toBe(false)
  expect(isFinal('SFTP_UNAVAILABLE', { ...old, attempt: 8 })).toBe(true)
  expect(isFinal('SFTP_UNAVAILABLE', { ...old, mostAttempts: undefined, attempt: 100 })).toBe(false)
})

test('a run waits for another run for at least half a day, also without retries of other failures', () => {
  const hoursOf = (retryMinutes: number, code: 'RUN_IN_PROGRESS' | 'SOURCE_UNAVAILABLE') =>
    Date.parse(planningLimits({ maxAttempts: 8, retryMinutes }, 0, code).until) / 3_600_000
  expect([hoursOf(0, 'RUN_IN_PROGRESS'), hoursOf(360, 'RUN_IN_PROGRESS')]).toEqual([12, 12])
  expect(hoursOf(1440, 'RUN_IN_PROGRESS')).toBe(48)
  expect(hoursOf(360, 'SOURCE_UNAVAILABLE')).toBe(6)
})
