import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeOldFilesWorkflow } from '../../src/contracts.js'
import { namesOf } from '../../src/domain/described.js'
import { type EventType, eventTypes, type OutsideEvent, outsideEvent } from '../../src/domain/event.js'
import { anActor } from '../support/world/builders.js'
import { eventually } from '../support/eventually.js'
import { midnight } from '../support/world/days.js'
import { keyLine } from '../support/sftp/ssh-keys.js'
import type { TestTenant } from '../support/world/tenant.js'
import { schemaProblems } from '../support/events/event-schema.js'
import { createWorld, type World } from '../support/world/world.js'

/** The examples of docs/reference/events.md. `RECORD_EVENTS=1 npx vitest run <this file>` records them anew. */
const examples = new URL('../../docs/examples/events.json', import.meta.url)
type Examples = Readonly<Record<EventType, OutsideEvent>>

let world: World
beforeAll(async () => {
  world = await createWorld({
    environment: { EXPORT_RETENTION_DAYS: '10', EXPIRY_NOTICE_DAYS: '3', LATE_AFTER_MINUTES: '1' },
  })
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Does something that each type of event follows from. */
async function eventfulLife(tenant: TestTenant): Promise<void> {
  const actor = anActor(tenant.id, 'ada')
  const { runs, sftpKeys, eventFeed } = world.useCases
  await tenant.register({ entityList: 'site' })
  await tenant.backfill(midnight(9))
  await tenant.register({ entityList: 'site', columns: [{ entity: 'site', exclude: ['name'] }] })
  await world.sql('ALTER TABLE analytics.site RENAME COLUMN landing_page_url TO old_url')
  await tenant.backfill(midnight(8))
  await world.sql('ALTER TABLE analytics.site RENAME COLUMN old_url TO landing_page_url')
  await tenant.runNow()
  const redelivery = await runs.redeliver(actor, { from: midnight(11), to: midnight(9) })
  if (redelivery.ok) await tenant.finished(redelivery.value.id)
  const key = await sftpKeys.add(actor, { publicKey: keyLine('ssh-ed25519', randomBytes(32)), label: 'loader' })
  if (key.ok) await sftpKeys.remove(actor, key.value.id)
  await eventFeed.sendTest(actor)
  await world.temporal.workflow.execute(removeOldFilesWorkflow, {
    taskQueue: world.config.temporal.taskQueue,
    workflowId: `remove-${tenant.id}`,
    args: [{}],
  })
}

/** A tenant that has no file for a boundary whose grace has passed. */
async function lateTenant(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 1, site_category: 1, site: 1 } })
  await tenant.register({ entityList: 'site' })
  await world.sql(
    `UPDATE tidemark.registered_entity SET activated_at = now() - interval '3 days' WHERE tenant_id = $1`,
    [tenant.id],
  )
  return tenant
}

async function eventsOf({ id }: TestTenant) {
  const { edges } = await world.useCases.eventFeed.page(anActor(id), { first: 100 })
  const events = edges.map(({ node }) => node)
  expect(events.flatMap(schemaProblems)).toEqual([])
  return events
}

test('each type of event comes from a real deployment, in the form of its schema and of its documented example', async () => {
  const late = await lateTenant()
  const tenant = await world.tenant({ rows: { user: 1, site_category: 1, site: 2 } })
  await eventfulLife(tenant)
  const overdue = await eventually('the event of the late files', async () =>
    (await eventsOf(late)).find(({ type }) => type === 'export.overdue'),
  )
  const events = [...(await eventsOf(tenant)), overdue]
  const found = Object.fromEntries(
    namesOf(eventTypes).map((type) => [type, events.findLast((event) => event.type === type)]),
  )
  expect(namesOf(found).filter((type) => !found[type])).toEqual([])
  const recorded = Object.fromEntries(
    Object.entries(found).map(([type, event]) => [type, event && { ...outsideEvent(event), tenantId: 'acme' }]),
  )
  if (process.env['RECORD_EVENTS']) {
    await writeFile(
      examples,
      `${JSON.stringify(recorded, null, 2).replaceAll(tenant.id, 'acme').replaceAll(late.id, 'acme')}\n`,
    )
  }
  const documented = JSON.parse(await readFile(examples, 'utf8')) as Examples
  expect(fieldsOf(documented)).toEqual(fieldsOf(JSON.parse(JSON.stringify(recorded))))
})

/** The paths of all fields; items of lists count once. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => fieldsOf(item, `${path}[]`)))]
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`))
}
