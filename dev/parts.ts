import { join } from 'node:path'
import { migrateDatabase, migrateSampleSource } from '../src/compose/migration.js'
import { openAuthorizedKeys } from '../src/compose/authorized-keys.js'
import { ConfigError } from '../src/config/config.js'
import type { Environment } from '../src/config/env.js'
import { searchAttributes } from '../src/contracts.js'
import type { DataFolder } from './data-folder.js'
import { ensureReader, type Login, openLogins, urlFor } from './logins.js'
import { startPostgres } from './postgres.js'
import type { Report } from './report.js'
import { fillSample, hasSourceRows } from './sample-data/fill.js'
import { startSftpServer } from './sftp-server/index.js'
import { type Accounts, issuerClients, sftpAccounts } from './tenant-accounts.js'
import { findTemporalCli } from './temporal-cli.js'
import { startTemporal } from './temporal-server.js'
import { startTokenIssuer } from './token-issuer.js'
import { tellMoved } from './ports.js'

/** What the parts of a stack are started with. */
export interface PartsContext {
  readonly folder: DataFolder
  readonly environment: Environment
  readonly accounts: Accounts
  readonly sampleRows: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** A part that runs, or one of the operator's own that the environment names. */
export interface Part {
  /** What the configuration must say to use it. */
  readonly environment: Environment
  /** Resolves, with how, if the part ends by itself. */
  readonly exited?: Promise<string>
  stop(): Promise<void>
}

/** Postgres, with what those who look into it themselves need, rather than Tidemark. */
export interface PostgresPart extends Part {
  /** For the owners of the tables; that of the source is undefined where the source is the operator's own. */
  readonly ownerUrls: { readonly database: string; readonly source: string | undefined }
}

const ownPart: Part = { environment: {}, stop: async () => undefined }

/** Postgres with the databases for Tidemark and for the sample source, both with their tables, the latter filled. */
export async function postgresPart(context: PartsContext): Promise<PostgresPart> {
  const { environment, folder, report } = context
  if (environment['DATABASE_URL']) {
    return ownPostgres(context, environment['DATABASE_URL'], environment['DATABASE_OWNER_URL'])
  }
  report('Postgres: starting')
  const postgres = await startPostgres({ folder: join(folder.path, 'postgres'), report })
  try {
    for (const name of ['tidemark', 'platform']) await postgres.ensureDatabase(name)
    const logins = await openLogins(folder.path)
    const ownerUrl = postgres.url('tidemark')
    const serviceUrl = urlFor(ownerUrl, logins.service)
    await migrateDatabase(ownerUrl, serviceUrl)
    const sampleUrl = postgres.url('platform')
    if (!environment['SOURCE_DATABASE_URL']) await prepareSample(context, sampleUrl, logins.reader)
    return {
      ownerUrls: { database: ownerUrl, source: environment['SOURCE_DATABASE_URL'] ? undefined : sampleUrl },
      environment: {
        DATABASE_URL: serviceUrl,
        DATABASE_OWNER_URL: ownerUrl,
        SOURCE_DATABASE_URL: urlFor(sampleUrl, logins.reader),
      },
      exited: postgres.exited.then((how) => `Postgres ended: ${how}`),
      stop: () => postgres.stop(),
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

/** A Postgres of the operator's own: the sample source goes there, too, unless the source is another one. */
async function ownPostgres(
  context: PartsContext,
  serviceUrl: string,
  ownerUrl: string | undefined,
): Promise<PostgresPart> {
  if (!ownerUrl) {
    const message = "is required beside DATABASE_URL: the tables' owner makes and changes them"
    throw new ConfigError([{ name: 'DATABASE_OWNER_URL', message }])
  }
  await migrateDatabase(ownerUrl, serviceUrl)
  const ownerUrls = { database: ownerUrl, source: undefined }
  if (context.environment['SOURCE_DATABASE_URL']) return { ...ownPart, ownerUrls }
  const { reader } = await openLogins(context.folder.path)
  await prepareSample(context, ownerUrl, reader)
  const environment = { SOURCE_DATABASE_URL: urlFor(ownerUrl, reader) }
  return { ...ownPart, environment, ownerUrls: { ...ownerUrls, source: ownerUrl } }
}

async function prepareSample({ sampleRows, report }: PartsContext, sampleUrl: string, reader: Login): Promise<void> {
  await migrateSampleSource(sampleUrl)
  await ensureReader(sampleUrl, reader)
  if (await hasSourceRows(sampleUrl)) return
  const filled = await fillSample({ url: sampleUrl, seed: 1, rows: sampleRows, baseTime: new Date() })
  const rows = filled.reduce((sum, part) => sum + part.rows, 0)
  report(`Sample source: ${rows.toLocaleString('en-US')} rows of 4 tenants in 26 entities`)
}

export async function temporalPart({ environment, folder, report, signal }: PartsContext): Promise<Part> {
  if (environment['TEMPORAL_ADDRESS']) return ownPart
  const cliPath = await findTemporalCli({ environment, report, signal })
  report('Temporal: starting')
  const temporal = await startTemporal({
    cliPath,
    folder: join(folder.path, 'temporal'),
    namespace: environment['TEMPORAL_NAMESPACE'] ?? 'default',
    searchAttributes,
    report,
  })
  return {
    environment: { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_UI_URL: temporal.uiUrl },
    exited: temporal.exited.then((how) => `Temporal ended: ${how}`),
    stop: () => temporal.stop(),
  }
}

/** @param postgres the part that has the tenants' own keys, which are asked for at each login from when it is there */
export async function sftpPart(
  { environment, folder, accounts, report }: PartsContext,
  postgres: Promise<Part>,
): Promise<Part> {
  if (environment['SFTP_HOST']) return ownPart
  const opening = postgres.then((part) =>
    openAuthorizedKeys(environment['DATABASE_URL'] ?? part.environment['DATABASE_URL'] ?? ''),
  )
  // Where Postgres does not start, the stack does not either, and says why.
  opening.catch(() => undefined)
  const server = await folder.listen('sftp', { preferred: 2222, onMoved: tellMoved('SFTP', report) }, (port) =>
    startSftpServer({
      rootFolder: join(folder.path, 'sftp'),
      hostKeyFile: join(folder.path, 'sftp-host-key'),
      accounts: () => sftpAccounts(accounts),
      tenantKeys: async (tenantId) => {
        const keys = await (await opening).keys(tenantId)
        return keys.map(({ type, blob }) => `${type} ${blob}`)
      },
      port,
    }),
  )
  return {
    environment: {
      SFTP_HOST: server.host,
      SFTP_PORT: String(server.port),
      SFTP_USERNAME: accounts.writer.username,
      SFTP_PASSWORD: accounts.writer.password,
      SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprint,
    },
    stop: async () => {
      await server.stop()
      const opened = await opening.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

export interface IssuerPart extends Part {
  /** Undefined where the issuer is the operator's own. */
  readonly tokenUrl: string | undefined
  /** A token of the tenant's own client, for as long as those it gets itself or for so many seconds. */
  accessToken(tenantId: string, lifetimeSeconds?: number): Promise<string>
}

export async function issuerPart({ environment, folder, accounts, report }: PartsContext): Promise<IssuerPart> {
  if (environment['OAUTH_ISSUER']) {
    const accessToken = (): Promise<string> => Promise.reject(new Error('tokens come from the issuer of your own'))
    return { ...ownPart, tokenUrl: undefined, accessToken }
  }
  const issuer = await folder.listen(
    'issuer',
    { preferred: 4001, onMoved: tellMoved('Token issuer', report) },
    (port) =>
      startTokenIssuer({
        keyFile: join(folder.path, 'issuer-key.json'),
        audience: environment['OAUTH_AUDIENCE'] ?? 'tidemark',
        clients: () => issuerClients(accounts),
        port,
        lifetimeSeconds: 12 * 3600,
      }),
  )
  const clientOf = new Map(accounts.tenants.map(({ tenantId, clientId }) => [tenantId, clientId]))
  return {
    environment: { OAUTH_ISSUER: issuer.issuer },
    tokenUrl: issuer.tokenUrl,
    accessToken: (tenantId, seconds) => issuer.accessToken(clientOf.get(tenantId) ?? tenantId, seconds),
    stop: () => issuer.stop(),
  }
}
