import { expect, test } from 'vitest'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'

function logged(fields: object): Record<string, unknown> {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } })
  logger.info(fields, 'said')
  return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>
}

test('the log keeps known fields at any depth and names the fields it leaves out', () => {
  const line = logged({
    tenantId: 'acme',
    rows: 7,
    row: { email: 'somebody@example.com' },
    authorization: 'Bearer secret',
    error: { code: 'INTERNAL', cause: { message: 'why', parameters: ['somebody@example.com'] } },
    failed: [{ entity: 'user', values: ['somebody@example.com'] }],
  })
  expect(line).toMatchObject({
    tenantId: 'acme',
    rows: 7,
    msg: 'said',
    error: { code: 'INTERNAL', cause: { message: 'why' } },
    failed: [{ entity: 'user' }],
    withheld: ['row', 'authorization', 'parameters', 'values'],
  })
  expect(JSON.stringify(line)).not.toMatch(/somebody|secret/)
})

test('the log has the message and the causes of an error, and no other fields of it', () => {
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(somebody)',
    config: {},
  })
  const line = logged({ err: new AggregateError([new TypeError('one')], 'several', { cause }) })
  expect(line).toMatchObject({
    err: {
      name: 'AggregateError',
      message: 'several',
      cause: { name: 'Error', code: '23505', message: 'duplicate key' },
      errors: [{ name: 'TypeError', message: 'one' }],
    },
  })
  expect(JSON.stringify(line)).not.toContain('somebody')
  expect(line).not.toHaveProperty('withheld')
})

test('the log of an error whose causes lead back to it comes to an end', () => {
  const error = new AggregateError([], 'round')
  error.errors.push(error)
  error.cause = new Error('and round', { cause: error })
  expect(logged({ err: error })).toMatchObject({
    err: { message: 'round', cause: { message: 'and round', cause: { message: 'round' } } },
    withheld: expect.arrayContaining(['cause']),
  })
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  createEvents(createLogger({ level: 'info', destination })).sourceNotChecked(error)
  expect(lines).toMatchObject([{ error: { message: 'round', cause: { message: 'and round' } } }])
})

test('the log writes times as ISO 8601', () => {
  const to = new Date('2026-11-25T00:00:00Z')
  expect(logged({ to })).toMatchObject({ to: '2026-11-25T00:00:00.000Z' })
})
