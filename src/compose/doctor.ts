import { issuerKeys } from '../auth/issuer-keys.js'
import { loadCatalog } from '../catalog/load.js'
import type { Config } from '../config/config.js'
import { tlsOf } from '../config/postgres-tls.js'
import { type Database, openDatabase } from '../database/client.js'
import { createInstallationStore } from '../database/installation-store.js'
import { alertCheck } from '../doctor/alerts.js'
import { databaseChecks } from '../doctor/database.js'
import { type CheckResult, examine } from '../doctor/examine.js'
import { installationCheck } from '../doctor/installation.js'
import type { InstallationState } from '../domain/installation.js'
import { issuerCheck } from '../doctor/issuer.js'
import { diskCheck, nodeCheck } from '../doctor/machine.js'
import { sftpCheck } from '../doctor/sftp.js'
import { sourceCheck } from '../doctor/source.js'
import { temporalChecks } from '../doctor/temporal.js'
import { inspectTemporal } from '../schedules/inspect.js'
import { createScheduleGateway } from '../schedules/schedule-gateway.js'
import { createTaskQueueClaim } from '../schedules/task-queue-claim.js'
import { openTemporal, type Temporal } from '../schedules/temporal.js'
import { installationState } from '../services/installations.js'
import { createSftpTarget } from '../sftp/sftp.js'
import { createSource } from '../source/source.js'
import { DisposableStack } from './disposable-stack.js'
import { missingMigrations } from './missing-migrations.js'
import { outboundFetch } from './outbound-fetch.js'

export type { CheckResult } from '../doctor/examine.js'

/** Checks everything that the settings name, all at the same time. It changes nothing. @throws CatalogError */
export async function diagnose(config: Config): Promise<CheckResult[]> {
  await using opened = new DisposableStack()
  const catalog = await loadCatalog(config.catalogFile)
  const database = openDatabase({ ...config.database, poolSize: 2 })
  opened.defer(() => database.close())
  const temporal = opened.use(openTemporal(config.temporal))
  const sftp = opened.use(createSftpTarget(config.sftp))
  const source = opened.use(createSource({ ...config.source, applicationName: 'tidemark-doctor' }))
  const keys = issuerKeys(config.oauth.issuer, config.oauth.jwksUrl, await outboundFetch(config.proxy))
  return await examine([
    nodeCheck(),
    diskCheck(config.log.file),
    ...databaseChecks(database, {
      tls: tlsOf(config.database.url),
      pendingMigrations: () => missingMigrations(database),
    }),
    ...temporalChecks(() => inspectTemporal(temporal, config.temporal), config.temporal),
    installationCheck(() => stateOfInstallation(config, database, temporal)),
    sftpCheck(sftp, config.sftp),
    sourceCheck(source, catalog),
    issuerCheck(keys, config.oauth.issuer),
    alertCheck(config.alerts.webhookUrl),
  ])
}

function stateOfInstallation(config: Config, database: Database, temporal: Temporal): Promise<InstallationState> {
  const installation = createInstallationStore(database)
  const id = (): Promise<string> => installation.id()
  const claim = createTaskQueueClaim(temporal, config.temporal, id)
  return installationState({
    installation,
    claim,
    foreignSchedules: createScheduleGateway(temporal, config.temporal, id),
  })
}
