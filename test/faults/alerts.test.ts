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
afterEach(() => world.stopWorkers())
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await hook[Symbol.asyncDispose]()
})

const few = { user: 20, site_category: 1, site: 3, user_login_events: 5 }

/** The alerts about a tenant. Stopping the workers has waited for their activities. */
const about = ({ id }: { id: string }): PostedAlert[] => hook.alerts.filter(({ tenantId }) => tenantId === id)

function inTheLog({ id }: { id: string }): Record<string, unknown>[] {
  const lines = world.log().trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return parsed.filter((line) => line['tenantId'] === id && line['level'] === 'error' && 'alert' in line)
}

test.each([
  ['another host key', 'SFTP_HOST_KEY_MISMATCH', { SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}` }],
  ['credentials that are refused', 'SFTP_AUTHENTICATION_FAILED', { SFTP_PASSWORD: 'revoked-password' }],
])(
  '%s raises one alert for all entities of the run, with the first attempt, and disables nothing (promises 4, 14)',
  async (what, code, broken) => {
    attack({ name: `alert at once: ${what}` })
    await world.startWorker(broken)
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user, site, user logins' })
    const run = await tenant.runNow()
    await world.stopWorkers()
    expect(run.status).toBe('FAILED')
    expect(run.entities.map(({ attempts, error }) => [attempts, error?.code])).toEqual([1, 2, 3].map(() => [1, code]))
    expect(about(tenant)).toMatchObject([{ alert: code, runId: run.id, attempt: 1 }])
    expect(inTheLog(tenant)).toMatchObject([{ alert: code, runId: run.id, attempt: 1 }])
    expect(JSON.stringify(about(tenant))).not.toMatch(/password/)

    const { state } = await world.temporal.schedule.getHandle(scheduleId(tenant.id)).describe()
    expect(state.paused).toBe(false)
    await world.startWorker()
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  },
)

test('an SFTP server that is down raises one alert with the second attempt, and the run succeeds later (promise 14)', async () => {
  attack({ name: 'alert with the second attempt: SFTP server down' })
  await world.startWorker()
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user, site' })
  await world.sftp.halt()
  const started = await tenant.startRun()
  try {
    await eventually('each entity to fail twice', async () => {
      const run = (await tenant.allRuns()).find(({ id }) => id === started.id)
      return run?.entities.length === 2 && run.entities.every(({ attempts, error }) => attempts > 2 && error)
    })
  } finally {
    await world.sftp.start()
  }
  expect(await tenant.finished(started.id)).toMatchObject({ status: 'SUCCEEDED' })
  await world.stopWorkers()
  expect(about(tenant)).toMatchObject([{ alert: 'SFTP_UNAVAILABLE', runId: started.id, attempt: 2 }])
})

test('the only attempt of an entity raises its alert at once (promise 14)', async () => {
  attack({ name: 'alert with the last attempt' })
  await world.startWorker({ EXPORT_MAX_ATTEMPTS: '1', EXPORT_RETRY_MINUTES: '0' })
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'site' })
  await world.sftp.halt()
  const run = await tenant.startRun()
  try {
    await eventually('the entity to have failed', async () => (await tenant.allRuns())[0]?.entities[0]?.error)
  } finally {
    await world.sftp.start()
  }
  const ended = await tenant.finished(run.id)
  expect(ended.entities).toMatchObject([{ attempts: 1, error: { code: 'SFTP_UNAVAILABLE' } }])
  await world.stopWorkers()
  expect(about(tenant)).toMatchObject([{ alert: 'SFTP_UNAVAILABLE', runId: run.id, attempt: 1 }])
})

test('a run that waits for another run raises no alert (promise 14)', async () => {
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
  expect(about(tenant)).toEqual([])
})
