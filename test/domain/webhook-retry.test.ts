import { expect, test } from 'vitest'
import { nextSend, parseRetryAfter, webhookWaits } from '../../src/domain/webhook-retry.js'

const now = new Date('2026-11-28T00:00:00Z')
const pace = { now, random: 0, unitMs: 1000 }
const secondsOf = (at: Date | null): number | null => at && (at.getTime() - now.getTime()) / 1000

test('attempts for an event go on for a little more than three days, with the waits of Standard Webhooks', () => {
  const waits = webhookWaits.map((_, index) =>
    secondsOf(nextSend({ attempts: index + 1, retryAfterSeconds: null }, pace)),
  )
  expect(waits).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
  expect(nextSend({ attempts: webhookWaits.length + 1, retryAfterSeconds: null }, pace)).toBeNull()
  const days = webhookWaits.reduce((sum, wait) => sum + wait, 0) / 86_400
  expect(days).toBeGreaterThan(3)
  expect(days).toBeLessThan(3.3)
})

test('a wait is up to a tenth longer, so that endpoints are not tried at the same moment', () => {
  expect(secondsOf(nextSend({ attempts: 2, retryAfterSeconds: null }, { ...pace, random: 1 }))).toBe(330)
})

test('Retry-After makes a wait longer, never shorter, and a day at most', () => {
  const after = (retryAfterSeconds: number) => secondsOf(nextSend({ attempts: 2, retryAfterSeconds }, pace))
  expect([after(0), after(10), after(3600), after(10 ** 8)]).toEqual([300, 300, 3600, 86_400])
})

test('Retry-After is read as seconds or as a date, and anything else is ignored', () => {
  expect(parseRetryAfter('120', now)).toBe(120)
  expect(parseRetryAfter('Sat, 28 Nov 2026 00:01:00 GMT', now)).toBe(60)
  expect(parseRetryAfter('Fri, 27 Nov 2026 00:00:00 GMT', now)).toBe(0)
  for (const nothing of [undefined, '', 'soon', '-5x', '99999999999']) expect(parseRetryAfter(nothing, now)).toBeNull()
})
