import { createAuditStore } from '../database/audit-store.js'
import { type Database, type DatabaseOptions, openDatabase } from '../database/client.js'
import { createDeliveryStore } from '../database/deliveries/delivery-store.js'
import { createEmailRecipientStore } from '../database/email/recipient-store.js'
import { createEventStore } from '../database/event-store.js'
import { createFetchStore } from '../database/fetches/fetch-store.js'
import { createInstallationStore } from '../database/installation-store.js'
import { createLatenessStore } from '../database/lateness-store.js'
import { createConsoleSessionStore } from '../database/operations/console-session-store.js'
import { createOldIndexStore } from '../database/operations/old-indexes.js'
import { createProcessStore } from '../database/operations/process-store.js'
import { createScheduleReadingStore } from '../database/operations/schedule-readings.js'
import { createTenantSummaryStore } from '../database/operations/tenant-summaries.js'
import { createTenantTotalsStore } from '../database/operations/tenant-totals.js'
import { createWatchStepStore } from '../database/operations/watch-step-store.js'
import { createPgpKeyStore } from '../database/pgp-key-store.js'
import { createLedgerGapStore } from '../database/publication/ledger-gaps.js'
import { createPublicationStore } from '../database/publication/publication-store.js'
import { refusalOf } from '../database/refused-connection.js'
import { createRegistrationStore } from '../database/registration-store.js'
import { createRetentionStore } from '../database/retention-store.js'
import { createRunStore } from '../database/run-store.js'
import { UnsafeLoginError } from '../database/service-login.js'
import { createServerStore } from '../database/server/server-store.js'
import { createSftpKeyStore } from '../database/sftp-key-store.js'
import { createWebhookQueue } from '../database/webhooks/webhook-queue.js'
import { createWebhookStore } from '../database/webhooks/webhook-store.js'
import { createTransact } from '../database/unit-of-work/unit-of-work.js'
import type { Config } from '../config/config.js'
import type { DisposableStack } from './disposable-stack.js'

/**
 * Opens the database with a login that row-level security holds. A database that is away does not prevent a start.
 * @throws UnsafeLoginError, RefusedConnectionError
 */
export async function openSafely(
  config: Pick<Config, 'database'>,
  opened: DisposableStack,
  onPool?: DatabaseOptions['onPool'],
): Promise<Database> {
  const database = openDatabase({ ...config.database, onPool })
  opened.defer(() => database.close())
  const problem: unknown = await database.check().catch((error: unknown) => error)
  const refusal = problem instanceof UnsafeLoginError ? problem : refusalOf(problem)
  if (refusal) throw refusal
  return database
}

export type Stores = ReturnType<typeof createStores>

export function createStores(database: Database) {
  return {
    transact: createTransact(database),
    registrations: createRegistrationStore(database),
    runs: createRunStore(database),
    deliveries: createDeliveryStore(database),
    publications: createPublicationStore(database),
    audit: createAuditStore(database),
    retention: createRetentionStore(database),
    tenantEvents: createEventStore(database),
    ledgerGaps: createLedgerGapStore(database),
    oldIndexes: createOldIndexStore(database),
    servers: createServerStore(database),
    sftpKeys: createSftpKeyStore(database),
    pgpKeys: createPgpKeyStore(database),
    webhooks: createWebhookStore(database),
    webhookQueue: createWebhookQueue(database),
    emailRecipients: createEmailRecipientStore(database),
    lateness: createLatenessStore(database),
    fetches: createFetchStore(database),
    tenantSummaries: createTenantSummaryStore(database),
    tenantTotals: createTenantTotalsStore(database),
    consoleSessions: createConsoleSessionStore(database),
    processes: createProcessStore(database),
    scheduleReadings: createScheduleReadingStore(database),
    watchSteps: createWatchStepStore(database),
    installation: createInstallationStore(database),
  }
}
