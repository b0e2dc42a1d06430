import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/client.js'
import { createIncidentStore } from '../../src/database/incidents/incident-store.js'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { asExportError } from '../../src/domain/errors.js'
import type { Affected, IncidentCode } from '../../src/domain/incident.js'
import { incidentSubject } from '../../src/domain/incident-subject.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { otherInstallation } from '../../src/schedules/installation-memo.js'
import { createScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { openTemporal } from '../../src/schedules/temporal.js'
import { createIncidents } from '../../src/services/incidents.js'
import { createTenants } from '../../src/services/tenants.js'
import { reportFailingEmails } from '../../src/services/email/watch.js'
import { ledgerWatch } from '../../src/services/watch-ledger.js'
import { processWatch } from '../../src/services/watch-processes.js'
import { tenantWatch } from '../../src/services/watch-tenants.js'
import { webhookWatch } from '../../src/services/webhooks/watch-webhooks.js'
import { createAlerts } from '../../src/telemetry/alerts.js'
import { createLogger } from '../../src/telemetry/logger.js'
import type { Load } from '../../src/domain/window.js'
import { recordIncidents } from '../services/support/recorded-incidents.js'
import { atMidnight, change, selected, smallCatalog } from '../support/world/builders.js'
import { newTenant, openStores, publishOnce, type Stores, writeRegistration } from '../support/world/stores.js'
import { withNamesOfRunbook } from './runbook/observed.js'

/** The pages of the runbook show these. `npx vitest -u` records them again, and `npm run docs` then writes the pages. */
const file = 'runbook/operations.json'
const taskQueue = 'exports'
const dayMs = 86_400_000
const signal = new AbortController().signal
const places = {
  sftp: 'sftp.example.com:22',
  source: 'source.example.com:5432/shop',
  database: 'postgres.example.com:5432/tidemark',
  temporal: 'temporal.example.com:7233/default',
  taskQueue,
  issuer: 'https://issuer.example.com',
  email: 'mail.example.com:587',
}
/** Nothing listens there. */
const nowhere = '127.0.0.1:9'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const daysAgo = (days: number) => new Date(boundaryAtOrBefore(atMidnight('DAILY'), new Date()).getTime() - days * dayMs)

async function registered(at: Date): Promise<string> {
  const tenantId = newTenant()
  await writeRegistration(stores, tenantId, (current) =>
    replaceRegistration(current, selected('user'), change(at.toISOString(), 'tester', tenantId)),
  )
  return tenantId
}

async function seen(kind: 'API' | 'WORKER', pid: number, ago: string): Promise<string> {
  const id = `00000000-0000-4000-8000-00000000000${pid}`
  const issuer = kind === 'API' ? { since: new Date(), problem: 'connect ECONNREFUSED 10.0.0.9:443' } : null
  const host = `${kind.toLowerCase()}-1`
  await stores.processes.beat({ id, kind, host, pid, version: '1.0.0', taskQueue, startedAt: new Date() }, issuer)
  await stores.query('UPDATE process SET seen_at = now() - $2::interval WHERE id = $1', [id, ago])
  return id
}

const observing = recordIncidents()
const observed: Record<string, unknown> = {}

function keep(code: IncidentCode, found: { tenantId: string | null; entity: string | null; message: string }): void {
  const { tenantId, entity, message } = found
  const subject = incidentSubject(code, found, places)
  const incident = { subject, message, tenantId, entity, files: 0, failedRuns: 0, attempts: 0 }
  const server = code === 'DATABASE_UNAVAILABLE' ? 'postgres.example.com:5432' : 'temporal.example.com:7233'
  const text = JSON.stringify(incident)
    .replace(/t-[0-9a-f-]{36}/g, 'acme')
    .replaceAll(nowhere, server)
  observed[code] = JSON.parse(withNamesOfRunbook(text, {}))
}

function keepFound(code: IncidentCode): void {
  const [found] = observing.last.get(code) ?? []
  expect(found, code).toBeDefined()
  keep(code, found!)
}

const about = (error: unknown, message = (text: string) => text) => ({
  tenantId: null,
  entity: null,
  message: message(asExportError(error).message),
})

async function watchTenants(): Promise<void> {
  const lateness = { graceMinutes: 1, pausedReminderDays: 7 }
  const tenants = createTenants({ ...stores, catalog: smallCatalog, lateness })
  await tenantWatch({ tenants, incidents: observing, overdueEvents: { keep: async () => undefined } }).run(signal)
}

async function watchWebhooks(): Promise<void> {
  const failing = [{ tenantId: 'acme', webhookId: '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10', disabledAt: new Date() }]
  const webhooks = { due: async () => [], failing: async () => failing }
  const steps = webhookWatch({ webhooks, gateway: { wake: async () => undefined }, incidents: observing })
  for (const step of steps) await step.run(signal)
}

/** The index on the server has a file that the ledger lacks. */
async function restoredLedger(): Promise<void> {
  const tenantId = await registered(daysAgo(3))
  const unknown = { entity: 'user', day: daysAgo(2), sequence: 3, revision: 1, schemaVersion: 1 }
  const index = {
    revision: 7,
    lastChange: 5,
    bytes: 100,
    sha256: '0'.repeat(64),
    signedBy: null,
    files: [unknown],
    days: [],
  }
  await stores.ledgerGaps.settleOlderLedger(tenantId, { index, days: [] })
  await ledgerWatch({ ledgerGaps: stores.ledgerGaps, incidents: observing }).run(signal)
}

async function watchProcesses(): Promise<void> {
  const { processes } = stores
  const pollers = async () => []
  const step = { processes, pollers, incidents: observing, activeRegistrations: async () => 1, confirmMs: 0 }
  await processWatch({ ...step, taskQueue }).run(signal)
}

/** Five deltas with rows, and one without. */
async function emptyFile(): Promise<Affected> {
  const tenantId = await registered(daysAgo(9))
  for (const days of [7, 6, 5, 4, 3, 2]) {
    const load: Load = { mode: 'DELTA', from: daysAgo(days + 1), fromSnapshot: '1:1:', previous: 1 }
    const rows = days === 2 ? 0 : 40
    await publishOnce(stores, tenantId, 'user', { to: daysAgo(days), load, file: { rows } })
  }
  const database = openDatabase({ url: stores.serviceUrl, poolSize: 1 })
  const store = createIncidentStore(database, { delayMs: 0, isPosted: false })
  const alerts = createAlerts(createLogger({ level: 'fatal' }))
  const incidents = createIncidents({ store, alerts, places, delayMs: 0 })
  await incidents.settle()
  const [incident] = await store.page({ take: 1, backwards: false, from: undefined }, { code: 'FILE_UNUSUALLY_EMPTY' })
  await database.close()
  return { since: null, ...incident!.extent.latest }
}

test('what the watch loop finds looks as the runbook shows it', async () => {
  const late = await registered(daysAgo(3))
  await stores.scheduleReadings.record(late, { missed: 0, skipped: 0, pausedNote: 'server under repair' })
  await watchTenants()
  keepFound('EXPORT_OVERDUE')
  keep('FILE_UNUSUALLY_EMPTY', await emptyFile())

  const paused = await registered(daysAgo(20))
  await stores.transact(paused, async ({ registration }) =>
    registration.setPaused((await registration.find())!, daysAgo(8)),
  )
  const missing = await registered(daysAgo(3))
  await publishOnce(stores, missing, 'user', { to: daysAgo(2) })
  for (const missed of [0, 1]) {
    await stores.scheduleReadings.record(missing, { missed, skipped: 0, pausedNote: null })
  }
  await watchTenants()
  keepFound('EXPORT_LEFT_PAUSED')
  keepFound('SCHEDULE_MISSED_RUNS')
  await watchWebhooks()
  keepFound('WEBHOOK_DISABLED')
  await restoredLedger()
  keepFound('LEDGER_RESTORED')

  await seen('API', 7, '0 s')
  const worker = await seen('WORKER', 8, '0 s')
  await stores.query('UPDATE process SET clock_skew_ms = 90000 WHERE id = $1', [worker])
  await watchProcesses()
  keepFound('CLOCK_SKEWED')
  keepFound('ISSUER_UNAVAILABLE')
  await stores.query(`UPDATE process SET seen_at = now() - interval '1 minute'`)
  await watchProcesses()
  keepFound('NO_WORKER')
  keepFound('NO_API')

  const failing = { since: new Date(), problem: 'connect ECONNREFUSED 10.0.0.12:587', waiting: 12 }
  await reportFailingEmails({ clock: async () => new Date(), failing: async () => failing }, observing)
  keepFound('EMAIL_UNAVAILABLE')

  const database = openDatabase({ url: `postgresql://tidemark_app:x@${nowhere}/tidemark`, poolSize: 1 })
  keep(
    'DATABASE_UNAVAILABLE',
    about(await database.forOperations(async () => undefined).catch((error: unknown) => error)),
  )
  await database.close()

  const options = { address: nowhere, namespace: 'default', taskQueue, tls: false, apiKey: undefined }
  const temporal = openTemporal(options)
  const away = await createScheduleGateway(temporal, options, async () => 'none')
    .remove('acme')
    .catch((error: unknown) => error)
  keep(
    'TEMPORAL_UNAVAILABLE',
    about(away, (message) => `Schedules can’t be reconciled: ${message}`),
  )
  await temporal[Symbol.asyncDispose]()
  const [theirs, ours] = ['5f0c2a4e-8a8e-4c4b-9a3f-0d2b5a1a6a0e', '8c0cf5a3-1f5e-4a53-9a3f-7d5c1e9b2f31'] as const
  keep(
    'INSTALLATION_MISMATCH',
    about(
      otherInstallation(`the task queue ${taskQueue}`, theirs, ours),
      (message) => `Schedules can’t be reconciled: ${message}`,
    ),
  )

  await expect(`${JSON.stringify(observed, null, 2)}\n`).toMatchFileSnapshot(file)
})
