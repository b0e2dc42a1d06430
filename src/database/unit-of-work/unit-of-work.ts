import { type AuditLog, auditLogOf } from './audit-log.js'
import type { Database, TenantLock, Transaction } from '../client.js'
import { typedError, withTypedErrors } from '../errors.js'
import { type TenantEmail, tenantEmail } from './tenant-email.js'
import { type TenantEvents, tenantEvents } from './tenant-events.js'
import { type TenantFetches, tenantFetches } from './tenant-fetches.js'
import { type TenantFiles, tenantFiles } from './tenant-files.js'
import { type TenantGrace, tenantGrace } from './tenant-grace.js'
import { type TenantPgpKeys, tenantPgpKeys } from './tenant-pgp-keys.js'
import { type TenantRegistration, tenantRegistration } from './tenant-registration.js'
import { type TenantRetention, tenantRetention } from './tenant-retention.js'
import { type TenantRuns, tenantRuns } from './tenant-runs.js'
import { type TenantSftpKeys, tenantSftpKeys } from './tenant-sftp-keys.js'
import { type TenantWatermarks, tenantWatermarks } from './tenant-watermarks.js'
import { type TenantWebhooks, tenantWebhooks } from './tenant-webhooks.js'

/** What a use case reads and writes for one tenant in one transaction. Postgres keeps all of it, or nothing. */
export interface UnitOfWork {
  readonly registration: TenantRegistration
  readonly runs: TenantRuns
  readonly watermarks: TenantWatermarks
  readonly sftpKeys: TenantSftpKeys
  readonly pgpKeys: TenantPgpKeys
  readonly webhooks: TenantWebhooks
  readonly email: TenantEmail
  readonly retention: TenantRetention
  readonly grace: TenantGrace
  readonly files: TenantFiles
  readonly fetches: TenantFetches
  readonly audit: AuditLog
  readonly events: TenantEvents
}

/**
 * Runs `work` in a transaction of the tenant. The transaction commits when `work` returns, and rolls back when it throws. With
 * `lock`, only one transaction of the tenant runs at a time, over all processes.
 */
export type Transact = <T>(
  tenantId: string,
  work: (unit: UnitOfWork) => Promise<T>,
  options?: { readonly lock?: TenantLock },
) => Promise<T>

export function createTransact(database: Database): Transact {
  return async (tenantId, work, options) => {
    try {
      return await database.forTenant(tenantId, (transaction) => work(unitOf(transaction, tenantId)), options)
    } catch (error) {
      throw typedError(error, 'transaction')
    }
  }
}

/** Only the parts that a use case reads are created. */
function unitOf(transaction: Transaction, tenantId: string): UnitOfWork {
  return {
    get registration() {
      return withTypedErrors(tenantRegistration(transaction, tenantId))
    },
    get runs() {
      return withTypedErrors(tenantRuns(transaction))
    },
    get watermarks() {
      return withTypedErrors(tenantWatermarks(transaction, tenantId))
    },
    get sftpKeys() {
      return withTypedErrors(tenantSftpKeys(transaction, tenantId))
    },
    get pgpKeys() {
      return withTypedErrors(tenantPgpKeys(transaction, tenantId))
    },
    get webhooks() {
      return withTypedErrors(tenantWebhooks(transaction, tenantId))
    },
    get email() {
      return withTypedErrors(tenantEmail(transaction, tenantId))
    },
    get retention() {
      return withTypedErrors(tenantRetention(transaction, tenantId))
    },
    get grace() {
      return withTypedErrors(tenantGrace(transaction, tenantId))
    },
    get files() {
      return withTypedErrors(tenantFiles(transaction, tenantId))
    },
    get fetches() {
      return withTypedErrors(tenantFetches(transaction, tenantId))
    },
    get audit() {
      return withTypedErrors(auditLogOf(transaction))
    },
    get events() {
      return withTypedErrors(tenantEvents(transaction, tenantId))
    },
  }
}
