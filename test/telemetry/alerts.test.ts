import { afterEach, describe, expect, test, vi } from 'vitest'
import { ExportError, type ExportErrorCode } from '../../src/domain/errors.js'
import type { SourceFinding } from '../../src/domain/source-finding.js'
import { type Alerts, createAlerts } from '../../src/telemetry/alerts.js'
import { createEvents, type Events } from '../../src/telemetry/events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.js'

const open = new Set<AsyncDisposable>()

afterEach(async () => {
  for (const each of open) await each[Symbol.asyncDispose]()
  open.clear()
})

interface Told {
  readonly events: Events
  readonly alerts: Alerts
  readonly log: Record<string, unknown>[]
  readonly text: () => string
}

function operator(webhookUrl?: string): Told {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const alerts = createAlerts(logger, { webhookUrl })
  open.add(alerts)
  return {
    events: createEvents(logger, alerts),
    alerts,
    get log() {
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    text: () => lines.join(''),
  }
}

async function receiver(answer?: (post: number) => number | undefined): Promise<AlertReceiver> {
  const started = await startAlertReceiver(answer)
  open.add(started)
  return started
}

const alertsIn = ({ log }: Told) => log.filter((line) => 'alert' in line && line['level'] === 'error')
const notPosted = ({ log }: Told) => log.filter(({ msg }) => String(msg).includes('could not be posted'))

function fail(
  told: Told,
  code: ExportErrorCode,
  attempt: number,
  more: { entity?: string; last?: boolean } = {},
): void {
  const { entity = 'user', last = false } = more
  const error = new ExportError(code, `because of ${code}`)
  told.events.activityFailed({ tenantId: 'acme', runId: 'run-1', entity }, { attempt, last }, error)
}

describe('when an error alerts', () => {
  test.each([
    'SFTP_HOST_KEY_MISMATCH',
    'SFTP_AUTHENTICATION_FAILED',
    'SFTP_PERMISSION_DENIED',
    'SOURCE_SCHEMA_MISMATCH',
  ] as const)('%s alerts at once, because only a person can fix it', (code) => {
    const told = operator()
    fail(told, code, 1)
    expect(alertsIn(told)).toMatchObject([
      { alert: code, message: `because of ${code}`, tenantId: 'acme', runId: 'run-1', entity: 'user', attempt: 1 },
    ])
  })

  test.each(['SFTP_UNAVAILABLE', 'SOURCE_UNAVAILABLE', 'DATABASE_UNAVAILABLE', 'SFTP_NO_SPACE', 'INTERNAL'] as const)(
    '%s, which may pass, alerts with the second attempt, or the first if there is no second',
    (code) => {
      const told = operator()
      fail(told, code, 1)
      expect(alertsIn(told)).toEqual([])
      fail(told, code, 2)
      expect(alertsIn(told)).toMatchObject([{ alert: code, attempt: 2 }])
      const only = operator()
      fail(only, code, 1, { last: true })
      expect(alertsIn(only)).toMatchObject([{ alert: code, attempt: 1 }])
    },
  )

  test.each(['RUN_IN_PROGRESS', 'SUPERSEDED', 'CANCELLED'] as const)(
    '%s alerts never, because it is no failure',
    (code) => {
      const told = operator()
      for (const attempt of [1, 2, 30]) fail(told, code, attempt, { last: attempt === 30 })
      expect(alertsIn(told)).toEqual([])
    },
  )

  test('a run alerts once for a code, however many entities fail with it', () => {
    const told = operator()
    for (let entity = 0; entity < 26; entity++) fail(told, 'SFTP_AUTHENTICATION_FAILED', 1, { entity: `e${entity}` })
    fail(told, 'SFTP_PERMISSION_DENIED', 1)
    expect(alertsIn(told).map(({ alert }) => alert)).toEqual(['SFTP_AUTHENTICATION_FAILED', 'SFTP_PERMISSION_DENIED'])
  })

  test('the words of an unexpected error stay in the log of the attempt', () => {
    const told = operator()
    const error = new ExportError('INTERNAL', 'unexpected value alice@example.com')
    told.events.activityFailed({ tenantId: 'acme', runId: 'r', entity: null }, { attempt: 2, last: false }, error)
    expect(alertsIn(told)).toHaveLength(1)
    expect(told.text()).not.toContain('alice')
  })

  test('the memory of sent alerts is bounded', () => {
    const told = operator()
    const alert = { alert: 'INTERNAL', message: '', tenantId: null, runId: null, entity: null, attempt: 1 } as const
    for (let topic = 0; topic <= 5000; topic++) told.alerts.raise(`topic ${topic}`, alert)
    told.alerts.raise('topic 5000', alert)
    told.alerts.raise('topic 0', alert)
    expect(alertsIn(told)).toHaveLength(5002)
  })
})

describe('schedules that can’t be reconciled', () => {
  test('schedules that cannot be reconciled alert at the second failure, once for each outage', () => {
    const told = operator()
    const down = new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal did not answer (list schedules)')
    told.events.reconcileFailed(down, 1)
    expect(alertsIn(told)).toEqual([])
    for (const round of [2, 3, 4]) told.events.reconcileFailed(down, round)
    expect(alertsIn(told)).toMatchObject([{ alert: 'TEMPORAL_UNAVAILABLE', tenantId: null, runId: null }])
    told.events.reconciledAgain()
    for (const round of [1, 2, 3]) told.events.reconcileFailed(down, round)
    expect(alertsIn(told)).toHaveLength(2)
  })

  test('a schedule of one tenant that cannot be reconciled alerts once until it is fixed', () => {
    const told = operator()
    for (let look = 0; look < 3; look++) told.events.scheduleSyncFailed('acme', new Error('refused'))
    told.events.scheduleSyncFailed('other', new ExportError('TEMPORAL_UNAVAILABLE', 'away'))
    expect(alertsIn(told)).toMatchObject([{ alert: 'INTERNAL', tenantId: 'acme' }])
    told.events.scheduleSynced('acme')
    told.events.scheduleSyncFailed('acme', new Error('refused'))
    expect(alertsIn(told)).toHaveLength(2)
  })
})

describe('what a read found out about its table', () => {
  const untracked: SourceFinding = {
    ...{ severity: 'refuse', code: 'SOURCE_CHANGES_UNTRACKED', everyFile: false, table: 's.t' },
    ...{ cause: 'no trigger sets change_xid', fix: 'CREATE TRIGGER' },
  }
  const ahead: SourceFinding = {
    ...{ severity: 'warn', code: 'SOURCE_ROWS_AHEAD', table: 's.t', cause: '1 rows are ahead', fix: 'UPDATE' },
  }
  const read = (told: Told, tenantId: string, ...findings: SourceFinding[]) =>
    told.events.sourceRead({ entity: 'user', tenantId, findings })

  test('a read alerts once for a table without a trigger, and again after the trigger was there', () => {
    const told = operator()
    for (const tenantId of ['acme', 'globex']) read(told, tenantId, untracked)
    expect(alertsIn(told)).toMatchObject([
      {
        ...{ alert: 'SOURCE_CHANGES_UNTRACKED', tenantId: null, entity: 'user' },
        message: expect.stringMatching(/s\.t: no trigger .* CREATE TRIGGER.* request a full load/),
      },
    ])
    read(told, 'acme')
    read(told, 'acme', untracked)
    expect(alertsIn(told)).toHaveLength(2)
  })

  test('a read alerts for each tenant with rows in the future, until it finds none', () => {
    const told = operator()
    for (const tenantId of ['acme', 'acme', 'globex']) read(told, tenantId, ahead)
    expect(alertsIn(told)).toMatchObject([
      { alert: 'SOURCE_ROWS_UNDECIDED', tenantId: 'acme', message: expect.stringContaining('1 rows are ahead') },
      { alert: 'SOURCE_ROWS_UNDECIDED', tenantId: 'globex' },
    ])
    read(told, 'acme')
    read(told, 'acme', ahead)
    expect(alertsIn(told)).toHaveLength(3)
  })
})

describe('the webhook', () => {
  test('the webhook gets the alert as JSON, once', async () => {
    const hook = await receiver()
    const told = operator(hook.url)
    fail(told, 'SFTP_HOST_KEY_MISMATCH', 1)
    await told.alerts[Symbol.asyncDispose]()
    expect(hook.alerts).toEqual([
      {
        alert: 'SFTP_HOST_KEY_MISMATCH',
        message: 'because of SFTP_HOST_KEY_MISMATCH',
        tenantId: 'acme',
        runId: 'run-1',
        entity: 'user',
        attempt: 1,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    ])
    expect(notPosted(told)).toEqual([])
  })

  test('a webhook that fails for a moment is tried again', async () => {
    const hook = await receiver((post) => (post === 1 ? 503 : 200))
    const told = operator(hook.url)
    fail(told, 'SFTP_HOST_KEY_MISMATCH', 1)
    await vi.waitFor(() => expect(hook.alerts).toHaveLength(2), { timeout: 10_000 })
    await told.alerts[Symbol.asyncDispose]()
    expect(notPosted(told)).toEqual([])
  })

  test.each([
    ['refuses', 403, '403'],
    ['sends us elsewhere', 302, '302'],
  ])('a webhook that %s is not tried again, and is logged without its URL', async (_, status, problem) => {
    const hook = await receiver(() => status)
    const told = operator(hook.url)
    fail(told, 'SFTP_HOST_KEY_MISMATCH', 1)
    await vi.waitFor(() => expect(notPosted(told)).toHaveLength(1), { timeout: 10_000 })
    expect(notPosted(told)).toMatchObject([{ level: 'warn', runId: 'run-1', problem: `it answered ${problem}` }])
    expect(hook.alerts).toHaveLength(1)
    expect(told.text()).not.toContain('hook-key')
  })

  test('a webhook that is not there is given up after three attempts, which the log shows', async () => {
    const hook = await startAlertReceiver()
    await hook[Symbol.asyncDispose]()
    const told = operator(hook.url)
    fail(told, 'SFTP_HOST_KEY_MISMATCH', 1)
    await vi.waitFor(() => expect(notPosted(told)).toHaveLength(1), { timeout: 10_000 })
    expect(notPosted(told)).toMatchObject([{ problem: 'ECONNREFUSED' }])
    expect(alertsIn(told)).toHaveLength(1)
    expect(told.text()).not.toContain('hook-key')
  })

  test('a webhook that never answers delays the end of the process only for a moment', async () => {
    const hook = await receiver(() => undefined)
    const told = operator(hook.url)
    fail(told, 'SFTP_HOST_KEY_MISMATCH', 1)
    const began = Date.now()
    await told.alerts[Symbol.asyncDispose]()
    expect(Date.now() - began).toBeLessThan(8000)
    expect(notPosted(told)).toHaveLength(1)
  })

  test('a webhook that is slower than the alerts misses some, which the log shows', async () => {
    const hook = await receiver(() => undefined)
    const told = operator(hook.url)
    const alert = { alert: 'INTERNAL', message: '', tenantId: null, runId: null, entity: null, attempt: 1 } as const
    for (let topic = 0; topic < 102; topic++) told.alerts.raise(`topic ${topic}`, alert)
    expect(notPosted(told)).toHaveLength(2)
    expect(alertsIn(told)).toHaveLength(102)
  })
})
