import { onTestFinished, expect, test, vi } from 'vitest'
import { knownTokens } from '../../../src/auth/known-tokens.js'
import type { Caller } from '../../../src/domain/actor.js'

const caller: Caller = { tenantId: 'acme', subject: 'tester', clientId: null, scopes: new Set(['exports:read']) }

function atNoon(): number {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T12:00:00Z') })
  onTestFinished(() => void vi.useRealTimers())
  return Date.now() / 1000
}

test('a verified token is known for a minute', () => {
  const now = atNoon()
  const known = knownTokens(5)
  known.keep('token', caller, now + 3600)
  vi.advanceTimersByTime(59_000)
  expect(known.find('token')).toBe(caller)
  expect(known.find('token ')).toBeUndefined()
  vi.advanceTimersByTime(1_000)
  expect(known.find('token')).toBeUndefined()
})

test('a token that expires is not known for longer than it is good', () => {
  const now = atNoon()
  const known = knownTokens(5)
  known.keep('token', caller, now + 10)
  vi.advanceTimersByTime(14_999)
  expect(known.find('token')).toBe(caller)
  vi.advanceTimersByTime(1)
  expect(known.find('token')).toBeUndefined()
})

test('of more than 5,000 tokens the oldest are forgotten', () => {
  const now = atNoon()
  const known = knownTokens(5)
  for (let kept = 0; kept <= 5_000; kept++) known.keep(`token ${kept}`, caller, now + 3600)
  expect(known.find('token 0')).toBeUndefined()
  expect(known.find('token 1')).toBe(caller)
  expect(known.find('token 5000')).toBe(caller)
})
