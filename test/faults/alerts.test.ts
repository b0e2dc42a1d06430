import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { type AlertReceiver, type PostedAlert, startAlertReceiver } from '../support/alert-receiver.js'
import { attack } from '../support/attacks.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/postgres/hold-table.js'
import { createWorld, type World } from '../support/world/world.js'

let hook: AlertReceiver
let world: World

beforeAll(async () => {
  hook = await startAlertReceiver()
  world = await createWorld({ worker: false, environment: { ALERT_WEBHOOK_URL: hook.url } })
})
afterEach(async () => {
  await world.stopWorkers()
  hook.alerts.length = 0
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await hook[Symbol.asyncDispose]()
})

const few = { user: 20, site_category: 1, site: 3, user_login_events: 5 }

const posted = (event: PostedAlert['event']): PostedAlert[] => hook.alerts.filter((alert) => alert.event === event)

const resolved = (): Promise<unknown> => eventually('the incident to be resolved', () => posted('resolved').length > 0)

function inTheLog(kind: PostedAlert['event'], code: string): Record<string, unknown>[] {
  const lines = world.log().trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return parsed.filter((line) => line['alert'] === code && line['kind'] === kind)
}

test.each([
  ['another host key', 'SFTP_HOST_KEY_MISMATCH', { SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}` }],
  ['credentials that are refused', 'SFTP_AUTHENTICATION_FAILED', { SFTP_PASSWORD: 'revoked-password' }],
])(
  '%s opens one incident for all entities at once, disables nothing, and is resolved by the next run (promises 4, 14)',
  async (what, code, broken) => {
    attack({ name: `alert at once: ${what}` })
    await world.startWorker(broken)
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user, site, user logins' })
    const run = await tenant.runNow()
    expect(run.status).toBe('FAILED')
    expect(run.entities.map(({ attempts, error }) => [attempts, error?.code])).toEqual([1, 2, 3].map(() => [1, code]))
    await eventually('the incident to be posted', () => posted('opened').length > 0)
    await world.stopWorkers()
    const { host, port } = world.config.sftp
    const about = { code, subject: `${host}:${port}`, tenants: { count: 1, first: [tenant.id] } }
    expect(posted('opened')).toMatchObject([about])
    expect(inTheLog('opened', code)).toMatchObject([{ level: 'error', runId: run.id }])
    expect(JSON.stringify(hook.posts)).not.toContain('revoked-password')

    const { state } = await world.temporal.schedule.getHandle(scheduleId(tenant.id)).describe()
    expect(state.paused).toBe(false)
    await world.startWorker()
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    await resolved()
    expect(posted('resolved')).toMatchObject([{ code, incidentId: posted('opened')[0]?.incidentId, files: 3 }])
  },
)

test('an SFTP server that is down for three tenants opens one incident, which their later files resolve (promise 14)', async () => {
  attack({ name: 'one alert: SFTP server down for three tenants' })
  await world.startWorker({ ALERT_DELAY_SECONDS: '1' })
  const tenants = await Promise.all([1, 2, 3].map(() => world.tenant({ rows: few })))
  for (const tenant of tenants) await tenant.register({ entityList: 'user, site' })
  await world.sftp.halt()
  const started = await Promise.all(tenants.map((tenant) => tenant.startRun()))
  try {
    await eventually('each tenant to fail', async () => {
      const runs = await Promise.all(tenants.map((tenant) => tenant.allRuns()))
      return runs.every(([run]) => run?.entities.every(({ error }) => error?.code === 'SFTP_UNAVAILABLE'))
    })
    await eventually('the incident to be posted', () => posted('opened').length > 0)
  } finally {
    await world.sftp.start()
  }
  const ended = await Promise.all(tenants.map((tenant, n) => tenant.finished(started[n]!.id)))
  expect(ended.map(({ status }) => status)).toEqual(tenants.map(() => 'SUCCEEDED'))
  await resolved()
  expect(hook.alerts.map(({ event, code }) => [event, code])).toEqual([
    ['opened', 'SFTP_UNAVAILABLE'],
    ['resolved', 'SFTP_UNAVAILABLE'],
  ])
  expect(posted('resolved')).toMatchObject([{ tenants: { count: 3 }, files: 6 }])
})

test('an outage that is shorter than the delay sends no notification (promise 14)', async () => {
  attack({ name: 'no alert: a short outage of the SFTP server' })
  await world.startWorker()
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user' })
  await world.sftp.halt()
  const { id } = await tenant.startRun()
  try {
    await eventually('the entity to fail', async () => (await tenant.allRuns())[0]?.entities[0]?.error)
  } finally {
    await world.sftp.start()
  }
  expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
  await eventually('the incident to be resolved', async () => {
    const open = await world.own('SELECT code FROM tidemark.incident WHERE resolved_at IS NULL')
    return open.length === 0
  })
  expect(hook.alerts).toEqual([])
})

test('the final failure of a run is reported at once, and so is its recovery (promise 14)', async () => {
  attack({ name: 'alert with the final failure' })
  await world.startWorker({ EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0' })
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  await world.sftp.halt()
  const run = await tenant.startRun()
  try {
    await eventually('the final failure to be posted', () => hook.alerts.some(({ failedRuns }) => failedRuns === 1))
  } finally {
    await world.sftp.start()
  }
  const ended = await tenant.finished(run.id)
  expect(ended.entities).toMatchObject([{ attempts: 1, error: { code: 'SFTP_UNAVAILABLE' } }])
  await tenant.runNow()
  await resolved()
  expect(hook.alerts.map(({ event, code }) => [event, code])).toEqual([
    ['opened', 'SFTP_UNAVAILABLE'],
    ['resolved', 'SFTP_UNAVAILABLE'],
  ])
})

test('a run that waits for another run opens no incident (promise 14)', async () => {
  attack({ name: 'no alert: a run waits for another' })
  await world.startWorker()
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  const held = await holdTable(world, 'site')
  const going = await tenant.startRun()
  await eventually('the first run to begin', async () =>
    (await tenant.allRuns()).some(({ id, status }) => id === going.id && status === 'RUNNING'),
  )
  await tenant.startBackfill(midnight(1))
  const waiting = world.temporal.workflow.getHandle(
    `${scheduleId(tenant.id)}-${midnight(1).toISOString().replace('.000Z', 'Z')}`,
  )
  await eventually('the second run to have looked twice', async () => {
    const description = await waiting.describe().catch(() => undefined)
    return description?.raw.pendingActivities?.find(
      ({ attempt, lastFailure }) =>
        (attempt ?? 0) > 2 && lastFailure?.applicationFailureInfo?.type === 'RUN_IN_PROGRESS',
    )
  })
  await held.release()
  await tenant.finished(going.id)
  await waiting.result()
  await world.stopWorkers()
  expect(hook.alerts).toEqual([])
  expect(await world.own('SELECT code FROM tidemark.incident WHERE resolved_at IS NULL')).toEqual([])
})
