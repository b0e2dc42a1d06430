import { expect, test } from 'vitest'
import { outcomeOf, stateOf } from '../../../console/src/pages/webhooks/webhook-words'

const at = '2026-11-28T00:00:00.000Z'

test('a webhook is active, paused, or disabled, whichever is worst', () => {
  expect(stateOf({ pausedAt: null, disabledAt: null }).text).toBe('active')
  expect(stateOf({ pausedAt: at, disabledAt: null }).text).toBe('paused')
  expect(stateOf({ pausedAt: at, disabledAt: at })).toEqual({ tone: 'bad', text: 'disabled' })
})

test('a delivery says what became of the event, with the status code of the last answer', () => {
  const tried = { attempts: 3, statusCode: 503, failure: 'REJECTED' } as const
  expect(outcomeOf({ status: 'DELIVERED', attempts: 1, statusCode: 204, failure: null }).text).toBe('delivered (204)')
  expect(outcomeOf({ status: 'PENDING', attempts: 0, statusCode: null, failure: null }).text).toBe('waits')
  expect(outcomeOf({ status: 'PENDING', ...tried }).text).toBe('tried 3 times: rejected (503)')
  expect(outcomeOf({ status: 'FAILED', attempts: 10, statusCode: null, failure: 'NAME_NOT_RESOLVED' }).text).toBe(
    'failed: name not resolved',
  )
})
