import type { csvFiles } from '../src/csv/csv-files.js'
import type { DeliveryStore } from '../src/database/delivery-store.js'
import type { ManifestStore } from '../src/database/manifest-store.js'
import type { RegistrationStore } from '../src/database/registration-store.js'
import type { HistoryDays, RetentionStore } from '../src/database/retention-store.js'
import type { RunStore } from '../src/database/run-store.js'
import type { Catalog } from '../src/domain/entity.js'
import type { OnStep } from '../src/domain/run-step.js'
import type { Run } from '../src/domain/run.js'
import type { SftpTarget } from '../src/sftp/sftp.js'
import type { Source } from '../src/source/source.js'
import type { Events } from '../src/telemetry/events.js'

export interface ActivityDependencies {
  readonly catalog: Catalog
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly manifests: ManifestStore
  readonly retention: RetentionStore
  readonly source: Source
  readonly sftp: SftpTarget
  readonly csvFiles: typeof csvFiles
  readonly events: Events
  readonly onStep: OnStep
  /** Ends runs of the tenant that are on record but dead, but for the one given. Gives those that are alive. */
  readonly endLostRuns: (tenantId: string, except: string) => Promise<Run[]>
  readonly lineEnd: '\n' | '\r\n'
  /** The pattern of the names under which files are written first: see domain/hidden-name. */
  readonly hiddenName: string
  readonly entityConcurrency: number
  readonly maxAttempts: number
  /** For how many days files are kept of tenants that have no time of their own; 0 is for ever. */
  readonly retentionDays: number
  readonly historyDays: HistoryDays
}
