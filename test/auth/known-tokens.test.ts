import { onTestFinished, expect, test, vi } from 'vitest'
import { knownTokens } from '../../src/auth/known-tokens.js'
import type { Caller } from '../../src/domain/actor.js'

const caller: Caller = { tenantId: 'acme', subject: 'tester', clientId: null, scopes: new Set(['exports:read']) }
const keys = {}

function atNoon(): number {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T12:00:00Z') })
  onTestFinished(() => void vi.useRealTimers())
  return Date.now() / 1000
}

test('a verified token is remembered for a minute', () => {
  const now = atNoon()
  const known = knownTokens(5)
  known.keep('token', keys, caller, now + 3600)
  vi.advanceTimersByTime(59_000)
  expect(known.find('token', keys)).toBe(caller)
  expect(known.find('token ', keys)).toBeUndefined()
  vi.advanceTimersByTime(1_000)
  expect(known.find('token', keys)).toBeUndefined()
})

test('a token is not remembered beyond its expiry', () => {
  const now = atNoon()
  const known = knownTokens(5)
  known.keep('token', keys, caller, now + 10)
  vi.advanceTimersByTime(14_999)
  expect(known.find('token', keys)).toBe(caller)
  vi.advanceTimersByTime(1)
  expect(known.find('token', keys)).toBeUndefined()
})

test('the oldest tokens are forgotten beyond 5,000', () => {
  const now = atNoon()
  const known = knownTokens(5)
  for (let kept = 0; kept <= 5_000; kept++) known.keep(`token ${kept}`, keys, caller, now + 3600)
  expect(known.find('token 0', keys)).toBeUndefined()
  expect(known.find('token 1', keys)).toBe(caller)
  expect(known.find('token 5000', keys)).toBe(caller)
})

test('a token is forgotten when the keys of its issuer are fetched again', () => {
  const now = atNoon()
  const known = knownTokens(5)
  known.keep('token', keys, caller, now + 3600)
  expect(known.find('token', {})).toBeUndefined()
})
