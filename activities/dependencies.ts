import type { csvFiles } from '../src/csv/csv-files.js'
import type { DeliveryStore } from '../src/database/deliveries/delivery-store.js'
import type { RegistrationStore } from '../src/database/registration-store.js'
import type { OldIndexStore } from '../src/database/operations/old-indexes.js'
import type { HistoryDays, RetentionStore } from '../src/database/retention-store.js'
import type { RunStore } from '../src/database/run-store.js'
import type { Transact } from '../src/database/unit-of-work/unit-of-work.js'
import type { OpenFileEncryptor } from '../src/domain/file-encryptor.js'
import type { LastRun } from '../src/domain/ledger-gap.js'
import type { Run } from '../src/domain/run.js'
import type { PublicationDependencies } from '../src/publication/dependencies.js'
import type { SftpProbe } from '../src/sftp/probe.js'
import type { SftpTarget } from '../src/sftp/sftp.js'
import type { Source } from '../src/source/source.js'
import type { Events } from '../src/telemetry/events.js'
import type { Metrics } from '../src/telemetry/metrics.js'

export interface ActivityDependencies extends PublicationDependencies {
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly retention: RetentionStore
  readonly oldIndexes: OldIndexStore
  readonly source: Source
  readonly sftp: SftpTarget
  readonly probeSftp: SftpProbe
  readonly csvFiles: typeof csvFiles
  readonly openEncryptor: OpenFileEncryptor
  readonly events: Events
  readonly metrics: Metrics
  /** Ends runs of the tenant that are on record but lost, except the run `except`. Returns the runs that are alive. */
  readonly endLostRuns: (tenantId: string, except: string) => Promise<Run[]>
  /** The last run of the tenant's schedule that Temporal knows, with its position. */
  readonly lastScheduledRun: (tenantId: string) => Promise<LastRun | undefined>
  readonly entityConcurrency: number
  /** At most so many entities of a run are exported together; with 1, each alone. */
  readonly filesTogether: number
  readonly maxAttempts: number
  readonly retryMinutes: number
  /**
   * Requires that the SFTP server has the files on record, before anything is written for the tenant.
   * @throws ExportError SFTP_SERVER_REPLACED, SFTP_OTHER_INSTALLATION
   */
  readonly requireServer: (tenantId: string, signal: AbortSignal) => Promise<void>
  /** Reserves the next time at which a run may start, and returns for how many milliseconds the run has to wait. */
  readonly reserveStart: () => number
  /** For how many days files are kept, for tenants without a retention time of their own; 0 keeps them indefinitely. */
  readonly retentionDays: number
  readonly historyDays: HistoryDays
  /** How many days before the removal of files their tenant gets an event; 0: none. */
  readonly expiryNoticeDays: number
}
