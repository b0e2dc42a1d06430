import { MockActivityEnvironment } from '@temporalio/testing'
import { ApplicationFailure } from '@temporalio/common'
import { DefaultLogger } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { typedFailures } from '../../activities/typed-failures.js'
import { ExportError } from '../../src/domain/errors.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { recordReports } from '../support/incidents.js'

const input = { tenantId: 'acme', runId: 'run-1' }

/** Runs one attempt of an activity that fails. Returns what was logged and what Temporal got. */
async function attemptOf(thrown: Error, options: { isCancelled?: 'CANCELLED' | 'WORKER_SHUTDOWN' } = {}) {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(JSON.parse(line)) } })
  const incidents = recordReports()
  const activity = typedFailures(createEvents(logger, incidents), () => Promise.reject(thrown))
  const environment = new MockActivityEnvironment(
    { activityType: 'planRun', attempt: 2 },
    { logger: new DefaultLogger('ERROR') },
  )
  if (options.isCancelled) environment.cancel(options.isCancelled)
  const failure = await environment.run(() => activity(input)).catch((failed: unknown) => failed)
  return { attempts: lines.filter(({ msg }) => msg === 'attempt failed'), reports: incidents.reports, failure }
}

const cause = new Error('connect ECONNREFUSED 10.0.0.5:5432')
const down = new ExportError('DATABASE_UNAVAILABLE', 'Postgres did not answer', { cause })

test('a failed attempt of any activity is logged once, with its ids and its cause', async () => {
  const { attempts } = await attemptOf(down)
  expect(attempts).toMatchObject([
    {
      ...{ level: 'warn', tenantId: 'acme', runId: 'run-1', entity: null, activityType: 'planRun', attempt: 2 },
      error: { code: 'DATABASE_UNAVAILABLE', message: 'Postgres did not answer', cause: { message: cause.message } },
    },
  ])
})

test('Temporal and the incident get the message of a failed attempt without its cause', async () => {
  const { failure, reports } = await attemptOf(down)
  expect(failure).toMatchObject({ message: 'Postgres did not answer', type: 'DATABASE_UNAVAILABLE' })
  expect((failure as Error).cause).toBeUndefined()
  expect(reports).toMatchObject([{ what: { code: 'DATABASE_UNAVAILABLE', message: 'Postgres did not answer' } }])
  expect(JSON.stringify(reports)).not.toContain('ECONNREFUSED')
})

test('the log has the cause of an unexpected error', async () => {
  const { attempts, failure } = await attemptOf(new TypeError('x is not a function'))
  expect(attempts).toMatchObject([{ error: { code: 'INTERNAL', cause: { message: 'x is not a function' } } }])
  expect(failure).toMatchObject({ type: 'INTERNAL', message: 'Tidemark failed unexpectedly. The log has the cause.' })
})

test('a cancelled attempt is logged and not reported', async () => {
  const { attempts, reports } = await attemptOf(down, { isCancelled: 'CANCELLED' })
  expect(attempts).toHaveLength(1)
  expect(reports).toEqual([])
})

test('an attempt that waits for another run of its tenant is logged at the level info', async () => {
  const { attempts } = await attemptOf(new ExportError('RUN_IN_PROGRESS', 'Another run is in progress'))
  expect(attempts).toMatchObject([{ level: 'info' }])
})

test('the failure tells the workflow whether it is final, and the number of attempts', async () => {
  const { failure } = await attemptOf(down)
  expect(failure).toMatchObject({ nonRetryable: false, details: [{ isFinal: false, attempts: 2 }] })
  const { failure: final } = await attemptOf(new ExportError('SFTP_PERMISSION_DENIED', 'Not permitted'))
  expect(final).toMatchObject({ nonRetryable: true, details: [{ isFinal: true, attempts: 2 }] })
})

test('an attempt that is only deferred is not logged, and Temporal gets its failure as it is', async () => {
  const deferred = ApplicationFailure.create({ type: 'RUN_START_DEFERRED', nextRetryDelay: 3000 })
  const { failure, attempts, reports } = await attemptOf(deferred)
  expect(failure).toBe(deferred)
  expect([attempts, reports]).toEqual([[], []])
})

test('after the shutdown of a worker, the next attempt begins at once', async () => {
  const { failure } = await attemptOf(down, { isCancelled: 'WORKER_SHUTDOWN' })
  expect(failure).toMatchObject({ type: 'WORKER_SHUTDOWN', nonRetryable: false, nextRetryDelay: '1 second' })
})
