import { expect, test } from 'vitest'
import type { Actor } from '../../src/domain/actor.js'
import type { ExportFrequency } from '../../src/domain/calendar.js'
import { ExportError } from '../../src/domain/errors.js'
import { createDailyRetries } from '../../src/services/daily-retries.js'
import { anActor } from '../support/world/builders.js'
import { aNewRun, aPlan, newTenant, noTrouble } from '../support/world/stores.js'
import { services, useRuns } from './support/tenant-runs.js'

useRuns()

/** A Wednesday: the next Monday and the next first of a month are further than a day away. */
const wednesday = new Date('2026-11-11T09:00:00Z')
const never = new AbortController().signal

async function registeredFor(frequency: ExportFrequency): Promise<Actor> {
  const actor = anActor(newTenant())
  const outcome = await services.registrations().replace(actor, { entityList: 'user', frequency })
  expect(outcome.ok).toBe(true)
  return actor
}

/** Records a run that ended so many hours before that Wednesday morning. */
async function ended({ tenantId }: Actor, hoursAgo: number, how: { fails?: boolean } = {}): Promise<void> {
  const run = await services.stores.runs.begin(aNewRun(tenantId), aPlan(...(how.fails === false ? [] : ['user'])))
  await services.stores.runs.finish(run, noTrouble)
  const at = new Date(wednesday.getTime() - hoursAgo * 3_600_000)
  await services.stores.query('UPDATE run SET queued_at = $2, finished_at = $2 WHERE id = $1', [run.id, at])
}

const retry = (gateway = services.gateways.runs, now = wednesday) =>
  createDailyRetries({
    registrations: services.stores.registrations,
    runStore: services.stores.runs,
    runs: services.runs({ gateway }),
    events: services.events,
    now: () => now,
  })(never)

const runsOf = async ({ tenantId }: Actor) =>
  services.stores.runs.page(tenantId, { take: 10, backwards: false, from: undefined })

test('a weekly or monthly tenant whose last run failed a day ago gets one run by the system', async () => {
  const [weekly, monthly] = [await registeredFor('WEEKLY'), await registeredFor('MONTHLY')]
  await ended(weekly, 25)
  await ended(monthly, 24.5)
  await Promise.all([retry(), retry()])
  for (const actor of [weekly, monthly]) {
    const [last, ...earlier] = await runsOf(actor)
    expect(last).toMatchObject({ status: 'QUEUED', trigger: 'RETRY', requestedBy: 'system' })
    expect(earlier).toHaveLength(1)
    const audit = await services.stores.audit.page(actor.tenantId, {}, { take: 1, backwards: false, from: undefined })
    expect(audit).toMatchObject([{ action: 'RUN_RETRIED', subject: 'system', target: last?.id }])
  }
})

test('no run starts for tenants that failed lately, succeeded since, run daily, are paused, disabled or removed', async () => {
  const [lately, well, daily, paused, disabled] = [
    await registeredFor('WEEKLY'),
    await registeredFor('WEEKLY'),
    await registeredFor('DAILY'),
    await registeredFor('WEEKLY'),
    await registeredFor('WEEKLY'),
  ]
  const removed = anActor(newTenant())
  await ended(lately, 23)
  await ended(well, 48)
  await ended(well, 30, { fails: false })
  for (const actor of [daily, paused, disabled, removed]) await ended(actor, 30)
  await services.registrations().pause(paused)
  await services.registrations().replace(disabled, { exportOption: 'DISABLE_EXPORT', frequency: 'WEEKLY' })
  await retry()
  const all = await Promise.all([lately, well, daily, paused, disabled, removed].map(runsOf))
  expect(all.flat().filter(({ status }) => status === 'QUEUED')).toEqual([])
})

test('a weekly tenant whose next run is due within a day waits for that run', async () => {
  const actor = await registeredFor('WEEKLY')
  await ended(actor, 24 * 5)
  await retry(services.gateways.runs, new Date('2026-11-15T09:00:00Z'))
  expect(await runsOf(actor)).toHaveLength(1)
})

test('a retry that Temporal was not there to start is made again when Temporal is back', async () => {
  const actor = await registeredFor('MONTHLY')
  await ended(actor, 30)
  await expect(retry(services.unreachable.runs)).rejects.toBeInstanceOf(ExportError)
  await retry()
  expect((await runsOf(actor))[0]).toMatchObject({ status: 'QUEUED', requestedBy: 'system' })
})
