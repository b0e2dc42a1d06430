import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { type Api, composeApi } from '../src/compose/api.js'
import { composeWorker, type WorkerProcess } from '../src/compose/worker.js'
import { isLoopback } from '../src/compose/loopback.js'
import type { Run } from '../src/domain/run.js'
import { type Config, loadConfig } from '../src/config/config.js'
import type { Environment } from '../src/config/env.js'
import { resolveSecrets } from '../src/config/secrets.js'
import { type ConnectionInfo, writeConnectionFile } from './connection-file.js'
import { type DataFolder, makePrivateFile, openDataFolder } from './data-folder.js'
import { homePage } from './home-page/home-page.js'
import {
  issuerPart,
  type IssuerPart,
  type Part,
  type PartsContext,
  type PostgresPart,
  postgresPart,
  sftpPart,
  temporalPart,
} from './parts.js'
import type { Report } from './report.js'
import { forgetStackEnvironment, writeStackEnvironment } from './stack-environment.js'
import { type Accounts, openAccounts } from './tenant-accounts.js'
import { checkSettings } from './check-settings.js'
import { tellMoved } from './ports.js'

export interface StackOptions {
  /** Where all data lives: databases, files, keys, logs. Made if need be; a second start continues with it. */
  readonly folder: string
  /** Parts that it names are used in place of the embedded ones. */
  readonly environment: Environment
  /** About how many rows the sample source is filled with, if it is empty. */
  readonly sampleRows: number
  readonly report: Report
  /** Hears of each run that has ended. */
  readonly onRunFinished?: (run: Run) => void
  /** Ends a start that is under way. */
  readonly signal: AbortSignal
}

/** Everything that Tidemark needs, on this machine, in this process and its children. */
export interface Stack extends AsyncDisposable {
  readonly config: Config
  readonly connection: ConnectionInfo
  readonly connectionFile: string
  readonly logFile: string
  /** Resolves with what happened if a part ends by itself. */
  readonly broken: Promise<string>
  /** A token with all scopes for a tenant of the sample. */
  accessToken(tenantId: string): Promise<string>
}

/** A page that is open for longer is loaded again, and gets a new token. */
const sandboxTokenSeconds = 15 * 60

/** The tenant that the Sandbox page and the examples speak for. */
export const exampleTenant = 'acme'

/** Starts the parts, then the API and a worker. What was started is stopped again if something can't be started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const started: (() => PromiseLike<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end()
  }
  try {
    return await startParts(options, started, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  { folder: path, report, ...options }: StackOptions,
  started: (() => PromiseLike<unknown>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  await checkSettings(options.environment)
  const folder = await openDataFolder(path)
  started.push(() => folder.close())
  await forgetStackEnvironment(folder.path)
  const accounts = await openAccounts(folder.path)
  const context = { ...options, environment: resolveSecrets(options.environment), folder, accounts, report }
  const { parts, issuer, postgres } = await startAll(context, started)
  options.signal.throwIfAborted()
  const logFile = join(folder.path, 'tidemark.log')
  await makePrivateFile(logFile)
  const environment = { LOG_FILE: logFile, ...stackEnvironment(options.environment, parts) }
  const config = loadConfig(environment)
  const worker = await composeWorker(config, options.onRunFinished ? { onRunFinished: options.onRunFinished } : {})
  const working = runWorker(worker)
  started.push(() => working.stop())
  const connectionAt = (url: string): ConnectionInfo => connectionInfo(config, url, issuer, accounts, postgres)
  const { api, url } = await startApi(folder, options.environment, config, issuer, report, connectionAt)
  started.push(() => api[Symbol.asyncDispose]())
  await writeStackEnvironment(folder.path, environment)
  started.push(() => forgetStackEnvironment(folder.path))
  const connection = connectionAt(url)
  return {
    config,
    connection,
    connectionFile: await writeConnectionFile(folder.path, connection),
    logFile,
    broken: Promise.race([working.ended, ...parts.flatMap((part) => part.exited ?? [])]),
    accessToken: (tenantId) => issuer.accessToken(tenantId),
    [Symbol.asyncDispose]: stop,
  }
}

/** All parts at once. If one fails, the others are waited for, so that none is left behind. */
async function startAll(
  context: PartsContext,
  started: (() => PromiseLike<unknown>)[],
): Promise<{ parts: Part[]; issuer: IssuerPart; postgres: PostgresPart }> {
  const issuer = issuerPart(context)
  const postgres = postgresPart(context)
  const starting = [postgres, temporalPart(context), sftpPart(context, postgres), issuer]
  const settled = await Promise.allSettled(starting)
  const parts = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  started.push(() => Promise.all(parts.map((part) => part.stop())))
  const failed = settled.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  return { parts, issuer: await issuer, postgres: await postgres }
}

/** The configuration's variables: the given ones, and for the rest what the parts say and what suits one machine. */
function stackEnvironment(environment: Environment, parts: readonly Part[]): Environment {
  return {
    SANDBOX: 'true',
    INTROSPECTION: 'true',
    CORS_ORIGINS: 'https://studio.apollographql.com,https://sandbox.embed.apollographql.com',
    ...Object.assign({}, ...parts.map((part) => part.environment)),
    ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value)),
  }
}

function startApi(
  folder: DataFolder,
  environment: Environment,
  config: Config,
  issuer: IssuerPart,
  report: Report,
  connectionAt: (url: string) => ConnectionInfo,
): Promise<{ api: Api; url: string }> {
  const onMoved = tellMoved('API', report)
  const wish = environment['PORT'] ? { wanted: config.http.port } : { preferred: config.http.port, onMoved }
  const isLocal = isLoopback(config.http.host)
  if (!isLocal) report(`The Sandbox page has no token, since HOST is ${config.http.host}: other machines could read it`)
  return folder.listen('http', wish, async (port) => {
    const connection = connectionAt(localUrl(config.http.host, port))
    const tenant = connection.tenants.find(({ tenantId }) => tenantId === exampleTenant)
    const token = (): Promise<string> => issuer.accessToken(exampleTenant, sandboxTokenSeconds)
    const sandbox = { token, ...(tenant && { home: homePage(connection, tenant) }) }
    const api = await composeApi({ ...config, http: { ...config.http, port } }, isLocal ? { sandbox } : {})
    try {
      return { api, url: (await api.listen()).replace(/\/$/, '') }
    } catch (error) {
      await api[Symbol.asyncDispose]()
      throw error
    }
  })
}

/** Where a server that listens on this machine alone is reached. */
function localUrl(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

function runWorker(worker: WorkerProcess): { ended: Promise<string>; stop(): Promise<void> } {
  const ended = worker.run().then(
    () => 'The worker ended.',
    (error: unknown) => `The worker ended: ${String(error)}`,
  )
  return {
    ended,
    stop: async () => {
      worker.stop()
      await ended
      await worker[Symbol.asyncDispose]()
    },
  }
}

function connectionInfo(
  config: Config,
  url: string,
  issuer: IssuerPart,
  accounts: Accounts,
  { ownerUrls }: PostgresPart,
): ConnectionInfo {
  const { sftp } = config
  const embeddedSftp = sftp.username === accounts.writer.username
  return {
    graphqlUrl: `${url}/graphql`,
    restUrl: `${url}/export`,
    temporalUiUrl: config.temporal.uiUrl ?? null,
    temporalAddress: config.temporal.address,
    databaseUrl: ownerUrls.database,
    sourceDatabaseUrl: ownerUrls.source ?? config.source.url,
    oauth: { issuer: config.oauth.issuer, tokenUrl: issuer.tokenUrl ?? null },
    operator: issuer.tokenUrl === undefined ? null : accounts.operator,
    tenants: accounts.tenants.map(({ tenantId, clientId, clientSecret, sftpUsername, sftpPassword }) => ({
      tenantId,
      clientId,
      clientSecret,
      sftp: embeddedSftp
        ? {
            host: sftp.host,
            port: sftp.port,
            username: sftpUsername,
            password: sftpPassword,
            hostKeyFingerprint: sftp.hostKeyFingerprints[0] ?? '',
          }
        : null,
    })),
  }
}
