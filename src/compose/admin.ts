import { type Config, ConfigError } from '../config/config.js'
import { commandActorFor } from '../domain/access.js'
import { type Actor, commandOperator, type Operator } from '../domain/actor.js'
import { namesOf } from '../domain/described.js'
import { type ExportErrorCode, exportErrors } from '../domain/errors.js'
import type { ServerDecision } from '../domain/server-decision.js'
import { type TenantSort, tenantSorts } from '../domain/tenant-sort.js'
import type { Deliveries } from '../services/deliveries.js'
import { eraseTenant, type Receipt } from '../services/erasure.js'
import { setGrace } from '../services/lateness.js'
import { createInstallations, type Installations } from '../services/installations.js'
import type { Operations } from '../services/operations.js'
import { removeRegistration } from '../services/registrations/remove-registration.js'
import type { IncidentQueries } from '../services/incident-queries.js'
import type { Registrations } from '../services/registrations/registrations.js'
import type { Runs } from '../services/runs/runs.js'
import { setRetention } from '../services/set-retention.js'
import { createSecretBox } from '../secrets/secret-box.js'
import { type RewrappedSecrets, rewrapSecrets } from '../services/webhooks/rewrap-secrets.js'
import { removeKeyByFingerprint } from '../services/sftp-keys.js'
import { type AcceptOutcome, acceptServer } from '../services/server/accept-server.js'
import { createServerCheck } from '../services/server/check-server.js'
import type { EventFeed } from '../services/events/event-feed.js'
import type { DeliveryTests } from '../services/test-delivery.js'
import { createSftpTarget } from '../sftp/sftp.js'
import { createLogger } from '../telemetry/logger.js'
import { DisposableStack } from './disposable-stack.js'
import { composeScheduleSync } from './schedule-sync.js'
import { composeUseCases } from './use-cases.js'
import { serverOf } from './server.js'
import { openShared, type SharedOverrides } from './shared.js'
import { composeTenantDoctor, type TenantDoctor } from './tenant-doctor.js'

/** What an operator does by command rather than over the API. A tenant id that is not valid: InvalidTenantError. */
export interface Admin extends AsyncDisposable {
  /** Removes a tenant's registration and schedule. False where there was no registration. */
  removeRegistration(tenantId: string): Promise<boolean>
  /** For how many days the tenant's files are kept. 0 keeps them indefinitely; null is as for all tenants. */
  setRetention(tenantId: string, days: number | null): Promise<void>
  /** Removes an SFTP key by its fingerprint, `SHA256:…`. False where the tenant does not have it. */
  removeSftpKey(tenantId: string, fingerprint: string): Promise<boolean>
  /** Encrypts the secrets of all tenants with SECRETS_KEY. @throws ConfigError if it is not set */
  rotateSecrets(): Promise<RewrappedSecrets>
  /** The incidents of all tenants. */
  readonly incidents: IncidentQueries
  /** @throws ExportError RUN_IN_PROGRESS where a run of the tenant does not end */
  eraseTenant(tenantId: string, signal: AbortSignal): Promise<Receipt>
  /** Delivers to the SFTP server of the settings, which lacks the files on record, as the operator has decided. */
  acceptServer(decision: ServerDecision, signal: AbortSignal): Promise<AcceptOutcome>
  /** An operator at a command line who acts for a tenant, for the use cases below. */
  actorFor(tenantId: string): Actor
  /** The same for what concerns all tenants. */
  readonly operator: Operator
  readonly runs: Runs
  readonly registrations: Registrations
  readonly deliveries: Deliveries
  readonly deliveryTests: DeliveryTests
  readonly installations: Installations
  readonly tenantDoctor: TenantDoctor
  readonly eventFeed: EventFeed
  /** The codes that a run can fail with. */
  readonly errorCodes: readonly ExportErrorCode[]
  readonly tenantSorts: readonly TenantSort[]
  /** Reads of all tenants, and the state of the deployment. */
  readonly operations: Operations
  /** How many minutes the tenant's files may take before they are overdue; null is as for all tenants. */
  setGrace(tenantId: string, minutes: number | null): Promise<void>
}

export async function composeAdmin(config: Config, overrides: SharedOverrides = {}): Promise<Admin> {
  await using opened = new DisposableStack()
  const logger = overrides.logger ?? createLogger({ ...config.log, isCommand: true })
  const shared = await openShared(config, { ...overrides, logger }, opened)
  const { stores, gateways, events } = shared
  const schedules = opened.use(composeScheduleSync(config, shared))
  const sftp = opened.use(createSftpTarget(config.sftp))
  const server = serverOf(config, shared, sftp)
  const requireServer = createServerCheck(server)
  const erasure = { ...stores, schedules, gateway: gateways.runs, sftp, requireServer, events }
  const { runs, registrations, deliveries, deliveryTests, eventFeed, operations, incidents } = composeUseCases(
    config,
    shared,
    schedules,
  )
  const closing = opened.move()
  return {
    actorFor: commandActorFor,
    operator: commandOperator(),
    errorCodes: namesOf(exportErrors),
    tenantSorts: namesOf(tenantSorts),
    runs,
    registrations,
    deliveries,
    deliveryTests,
    eventFeed,
    operations,
    incidents,
    tenantDoctor: composeTenantDoctor(config, shared, schedules),
    installations: createInstallations({ ...stores, ...shared, apply: (tenantId) => schedules.apply(tenantId) }),
    // Async, so that a tenant id that is not valid rejects.
    removeRegistration: async (tenantId) => removeRegistration({ ...stores, schedules }, commandActorFor(tenantId)),
    setRetention: async (tenantId, days) => setRetention(stores, commandActorFor(tenantId), days),
    setGrace: async (tenantId, minutes) => setGrace(stores, commandActorFor(tenantId), minutes),
    removeSftpKey: async (tenantId, fingerprint) =>
      removeKeyByFingerprint({ ...stores, events }, commandActorFor(tenantId), fingerprint),
    rotateSecrets: async () => rewrapSecrets({ ...stores, secrets: createSecretBox(requiredKeys(config)) }),
    acceptServer: (decision, signal) => acceptServer({ ...server, ...stores }, commandOperator(), decision, signal),
    eraseTenant: async (tenantId, signal) => eraseTenant(erasure, commandActorFor(tenantId), signal),
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}

function requiredKeys({ webhooks: { secretsKeys } }: Config) {
  if (secretsKeys) return secretsKeys
  throw new ConfigError([{ name: 'SECRETS_KEY', message: 'is required: the key that secrets are encrypted with' }])
}
