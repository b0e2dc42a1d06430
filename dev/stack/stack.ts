import { join } from 'node:path'
import { type Config, loadConfig } from '../../src/config/config.js'
import type { Environment } from '../../src/config/env.js'
import { resolveSecrets } from '../../src/config/secrets.js'
import type { Run } from '../../src/domain/run.js'
import { makePrivateFile } from '../machine/private-files.js'
import type { Report } from '../machine/report.js'
import { checkSettings } from './check-settings.js'
import type { Component } from './components/component.js'
import { startComponents } from './components/start-all.js'
import { type ConnectionInfo, writeConnectionFile } from './connection-file.js'
import { connectionInfo } from './connection-info.js'
import { openDataFolder } from './data-folder.js'
import { runWorker } from './run-worker.js'
import { removeStackEnvironment, writeStackEnvironment } from './stack-environment.js'
import { ownSecrets } from './own-secrets.js'
import { startApi } from './start-api.js'
import { openAccounts } from './tenant-accounts.js'

export { exampleTenant } from './example-tenant.js'

export interface StackOptions {
  /** Where databases, files, keys and logs are stored. It is made if it is missing. A later start continues with it. */
  readonly folder: string
  /** The services that it names are used in place of the embedded ones. */
  readonly environment: Environment
  /** The approximate number of rows for the sample source, if it is empty. */
  readonly sampleRows: number
  readonly report: Report
  /** Called for each run that has ended. */
  readonly onRunFinished?: (run: Run) => void
  /** Cancels the start. */
  readonly signal: AbortSignal
}

/** Everything that Tidemark needs, on this machine, in this process and its children. */
export interface Stack extends AsyncDisposable {
  readonly config: Config
  readonly connection: ConnectionInfo
  readonly connectionFile: string
  readonly logFile: string
  /** Resolves with the reason if a component ends unexpectedly. */
  readonly broken: Promise<string>
  /** A token with all scopes for a tenant of the sample. */
  accessToken(tenantId: string): Promise<string>
}

/** Starts the components, then a worker and the API. If one step fails, what was started is stopped. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const steps: (() => PromiseLike<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of steps.splice(0).toReversed()) await step()
  }
  try {
    return { ...(await start(options, (step) => steps.push(step))), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param onStop takes a step that ends what was started; the steps run in reverse order */
async function start(
  { folder: path, report, ...options }: StackOptions,
  onStop: (step: () => PromiseLike<unknown>) => void,
): Promise<Omit<Stack, typeof Symbol.asyncDispose>> {
  await checkSettings(options.environment)
  const folder = await openDataFolder(path)
  onStop(() => folder.close())
  await removeStackEnvironment(folder.path)
  const accounts = await openAccounts(folder.path)
  const components = await startComponents(
    { ...options, environment: resolveSecrets(options.environment), folder, accounts, report },
    (started) => onStop(() => Promise.all(started.map((component) => component.stop()))),
  )
  options.signal.throwIfAborted()
  const logFile = join(folder.path, 'tidemark.log')
  await makePrivateFile(logFile)
  const ownEnvironment = {
    LOG_FILE: logFile,
    // Receivers of events may be on this machine.
    WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
    ...(await ownSecrets(folder.path, options.environment)),
  }
  const environment = { ...ownEnvironment, ...stackEnvironment(options.environment, components.all) }
  const config = loadConfig(environment)
  const worker = await runWorker(config, options.onRunFinished)
  onStop(() => worker.stop())
  const { issuer } = components
  const connectionAt = (url: string): ConnectionInfo => connectionInfo(url, config, components, accounts)
  const isPortSet = Boolean(options.environment['PORT'])
  const { api, url } = await startApi({ folder, config, isPortSet, issuer, report, connectionAt })
  onStop(() => api[Symbol.asyncDispose]())
  await writeStackEnvironment(folder.path, environment)
  onStop(() => removeStackEnvironment(folder.path))
  const connection = connectionAt(url)
  return {
    config,
    connection,
    connectionFile: await writeConnectionFile(folder.path, connection),
    logFile,
    broken: Promise.race([worker.ended, ...components.all.flatMap((component) => component.exited ?? [])]),
    accessToken: (tenantId) => issuer.accessToken(tenantId),
  }
}

/** The variables for the configuration. Those that were given win over those of the components and the defaults. */
function stackEnvironment(environment: Environment, components: readonly Component[]): Environment {
  return {
    SANDBOX: 'true',
    INTROSPECTION: 'true',
    CORS_ORIGINS: 'https://studio.apollographql.com,https://sandbox.embed.apollographql.com',
    ...Object.assign({}, ...components.map((component) => component.environment)),
    ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value)),
  }
}
