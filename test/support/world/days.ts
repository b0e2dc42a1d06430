import { setTimeout as delay } from 'node:timers/promises'
import { startOfDay } from '../../../src/domain/calendar.js'

const dayMs = 24 * 60 * 60 * 1000

/** The midnight that the UTC day so many days ago began with. */
export function midnight(daysAgo: number): Date {
  return new Date(startOfDay(new Date()).getTime() - daysAgo * dayMs)
}

/** Lets a midnight pass that is near: for tests that want two runs on one day. */
export async function farFromMidnight(): Promise<void> {
  const left = dayMs - (Date.now() % dayMs)
  if (left < 60_000) await delay(left + 100)
}
